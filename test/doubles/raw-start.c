/*
 * Starts a program with just the variables of a file, each ended by a NUL: also those that a shell or Node would not pass
 * on, such as a name that is there twice or bytes that are no UTF-8.
 *
 *   raw-start FILE [OPTION]... -- PROGRAM [ARGUMENT]...
 *
 *   nonblocking   its three standard streams do not block
 *   signals       SIGPIPE and SIGCHLD are ignored and SIGUSR1 is blocked, as an odd parent may leave them
 *   closed        its three standard streams are closed
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **read_variables(const char *path)
{
	static char text[4 << 20], *variables[10000];
	FILE *file = fopen(path, "r");
	if (file == NULL)
		exit(126);
	const size_t length = fread(text, 1, sizeof text - 1, file);
	size_t count = 0;
	for (char *at = text; at < text + length && count < 9999; at += strlen(at) + 1)
		variables[count++] = at;
	fclose(file);
	return variables;
}

static void prepare(const char *option)
{
	sigset_t blocked;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	for (int descriptor = 0; descriptor < 3 && strcmp(option, "nonblocking") == 0; descriptor++)
		fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
	for (int descriptor = 0; descriptor < 3 && strcmp(option, "closed") == 0; descriptor++)
		close(descriptor);
	if (strcmp(option, "signals") != 0)
		return;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
}

int main(int argc, char **argv)
{
	char **variables = read_variables(argv[1]);
	int at = 2;
	for (; at < argc && strcmp(argv[at], "--") != 0; at++)
		prepare(argv[at]);
	if (at + 1 < argc)
		execve(argv[at + 1], argv + at + 1, variables);
	return 127;
}
