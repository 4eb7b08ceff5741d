/*
 * braid: what a container runtime starts for every call. It stands between the runtime and a resident agent.
 *
 * The agent decides and this program acts, as the runtime's own child: it hands over the request, runs the delegates that
 * the agent orders (files in the folders of CNI_PATH only), and prints the agent's answer; docs/frames.md tells how they
 * talk. Where there is no agent, or none that can be talked to, it becomes `braid-standalone`, which lies beside it and
 * does all of this by itself. Once a delegate has been ordered that would be too late, and the call ends with code 11.
 *
 *   CNI_COMMAND          not set: the arguments are a person's, for braid-standalone; VERSION is answered right here
 *   BRAID_AGENT_SOCKET   the agent's socket, in the place of the path that was built in; empty: no agent
 *   BRAID_DELEGATE_OF    set: a delegate of ours calls us again, which braid-standalone refuses
 *
 * Exit status: the agent's; or 1, with a CNI error {"cniVersion", "code", "msg"} on stdout.
 *
 *    5  stdin cannot be read, or holds more than 8 MiB
 *    7  braid-standalone is needed and cannot be run
 *   11  the agent was lost when work had begun, or a signal ended the call; the next DEL takes back what was begun
 */
#include <fcntl.h>

#include "launcher.h"

#ifndef AGENT_SOCKET
#define AGENT_SOCKET "/run/braid/agent.sock"
#endif

static const char version_answer[] = "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"0.1.0\",\"0.2.0\",\"0.3.0\","
									 "\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n";

static void read_input(void)
{
	const size_t chunk = 65536;
	for (ssize_t got = 1; got != 0;) {
		got = read(STDIN_FILENO, reserve(&call.input, chunk), chunk);
		if (got < 0 && errno == EAGAIN)
			poll(&(struct pollfd){STDIN_FILENO, POLLIN, 0}, 1, -1);
		else if (got < 0 && errno != EINTR)
			fail(CODE_IO, "error reading from stdin: %s", strerror(errno));
		call.input.length += got < 0 ? 0 : (size_t)got;
		if (call.input.length > MAX_CONTENT)
			fail(CODE_IO, "error reading from stdin: more than %d bytes", MAX_CONTENT);
	}
}

int main(int argc, char **argv)
{
	const char *command = getenv("CNI_COMMAND"), *mark = getenv("BRAID_DELEGATE_OF"), *socket_path = secure_getenv("BRAID_AGENT_SOCKET"), *why = "";
	(void)argc;
	call.argv = argv;
	call.socket_path = socket_path == NULL ? AGENT_SOCKET : socket_path;
	set_signals();
	if (command != NULL && strcmp(command, "VERSION") == 0)
		return print(version_answer, strlen(version_answer)) ? EXIT_SUCCESS : EXIT_FAILURE;
	/* Were one of the three not open, what we open would land where the runtime reads our answer. */
	int null = open("/dev/null", O_RDWR);
	while (null >= 0 && null <= STDERR_FILENO)
		null = open("/dev/null", O_RDWR);
	close(null);
	/* The agent is not told of that mark, and would wait for the lock of the very call that a delegate belongs to. */
	const bool is_nested = mark != NULL && *mark != '\0';
	if (command == NULL || *command == '\0' || *call.socket_path == '\0' || is_nested)
		run_standalone("");
	const int agent = connect_agent(&why);
	if (agent < 0)
		run_standalone(why);
	read_input();
	return converse(agent);
}
