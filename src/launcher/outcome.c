#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>

#include "launcher.h"

/* For a build that has it elsewhere; as it is, braid-standalone lies beside this program. */
#ifndef STANDALONE
#define STANDALONE ""
#endif

struct call call = {.cni_version = "1.1.0"};

static void (*original_pipe)(int), (*original_child)(int);
static sigset_t original_mask;

int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

int ms_until(int64_t at)
{
	const int64_t left = at - now_us();
	return left <= 0 ? 0 : left / 1000 >= INT_MAX ? INT_MAX : (int)(left / 1000 + 1);
}

bool write_all(int fd, const void *bytes, size_t length, int64_t patience_us)
{
	const int64_t until = patience_us == INT64_MAX ? INT64_MAX : now_us() + patience_us;
	for (size_t done = 0; done < length;) {
		/* A pipe that polls as writable takes this much without making us wait. */
		const size_t some = length - done < PIPE_BUF ? length - done : PIPE_BUF;
		if (poll(&(struct pollfd){fd, POLLOUT, 0}, 1, ms_until(until)) == 0 && now_us() >= until)
			return false;
		const ssize_t written = write(fd, (const char *)bytes + done, some);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		done += written < 0 ? 0 : (size_t)written;
	}
	return true;
}

bool print(const void *bytes, size_t length)
{
	return write_all(STDOUT_FILENO, bytes, length, INT64_MAX);
}

void forward(const void *bytes, size_t length)
{
	static int64_t patience_us = 500000;
	const int64_t begun_at = now_us();
	write_all(STDERR_FILENO, bytes, length, patience_us);
	patience_us -= now_us() - begun_at;
}

int open_input(const void *bytes, size_t length)
{
	/* Its name is newer than some libc; older kernels do not know it, newer ones may demand it. */
	const unsigned int never_executed = 8;
	int file = memfd_create("stdin", MFD_CLOEXEC | never_executed);
	if (file < 0)
		file = memfd_create("stdin", MFD_CLOEXEC);
	return pwrite(file, bytes, length, 0) == (ssize_t)length ? file : -1;
}

void set_signals(void)
{
	/* A reader that is gone is an error of write(2), and a runtime may ignore the end of its children. */
	original_pipe = signal(SIGPIPE, SIG_IGN);
	original_child = signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, NULL, &original_mask);
}

int hold_signals(void)
{
	sigset_t held;
	sigemptyset(&held);
	for (const int *number = (const int[]){SIGTERM, SIGINT, SIGHUP, SIGCHLD, 0}; *number != 0; number++)
		sigaddset(&held, *number);
	sigprocmask(SIG_BLOCK, &held, NULL);
	return signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
}

void release_signals(void)
{
	sigprocmask(SIG_SETMASK, &original_mask, NULL);
}

/* What JSON would want escaped, or what may be no UTF-8, is in paths only, and there it can be guessed. */
static void make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			*text = '?';
}

_Noreturn void fail(enum code code, const char *format, ...)
{
	char message[PATH_MAX + 512], answer[sizeof message + 64];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	make_plain(message);
	make_plain(call.cni_version);
	bury_delegate();
	release_signals();
	snprintf(answer, sizeof answer, "{\"cniVersion\":\"%s\",\"code\":%d,\"msg\":\"%s\"}\n", call.cni_version, code,
	         message);
	print(answer, strlen(answer));
	exit(EXIT_FAILURE);
}

_Noreturn void run_standalone(const char *why)
{
	char path[PATH_MAX + sizeof "/braid-standalone"] = STANDALONE, line[sizeof path + 512];
	if (*path == '\0' && readlink("/proc/self/exe", path, PATH_MAX - 1) > 0)
		strcpy(strrchr(path, '/'), "/braid-standalone");
	if (*why != '\0') {
		snprintf(line, sizeof line, "braid: the agent at %s %s; %s serves this call\n", call.socket_path, why, path);
		forward(line, strlen(line));
	}
	if (call.input.length > 0 && dup2(open_input(call.input.at, call.input.length), STDIN_FILENO) < 0)
		fail(CODE_IO, "keeping the request for %s: %s", path, strerror(errno));
	release_signals();
	signal(SIGPIPE, original_pipe);
	signal(SIGCHLD, original_child);
	execve(path, call.argv, environ);
	fail(CODE_CONFIG, "%s cannot be run: %s", path, strerror(errno));
}
