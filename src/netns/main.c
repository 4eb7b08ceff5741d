/*
 * braid-netns: tells what is in a network namespace, and gives the default route to one of its interfaces.
 *
 * It is run as CNI plugins are: by path, with environment and stdin, its answer on stdout; CNI_COMMAND does not matter.
 *
 *   CNI_NETNS   path of the namespace
 *   stdin       commands, one a line, words separated by spaces, 64 KiB at most; none: only tell what is there
 *
 * By hand, with CNI_COMMAND not set: braid-netns PATH [COMMAND]..., each command one argument; stdin is not read.
 *
 *   default DEV GATEWAY   the one default route of GATEWAY's family is via GATEWAY dev DEV
 *   default4 DEV          no interface but DEV has a default route of IPv4; DEV's own stay as they are, also none
 *   default6 DEV          the same for IPv6
 *
 * One command for each family at most. A default route is a unicast one of the main table to 0.0.0.0/0 or ::/0, whoever
 * made it and whatever its metric; those of other tables, those for some source addresses only, and unreachable,
 * blackhole and prohibit stay. Where the right route is there, it stays with its metric and protocol. All commands are
 * carried out or, on any failure, none.
 *
 * Exit status 0: one JSON document, read after the commands.
 *
 *   links      name, index, mac (left out when there is none), mtu, up
 *   addresses  dev, address (CIDR), scope (global, site, link, host, nowhere, other), flags (of tentative, dadfailed)
 *   routes     dst (CIDR), dev, gateway (left out when there is none), metric, scope, protocol (the kernel's numbers)
 *
 * Routes are the unicast ones of the main table, IPv4 first, one for each next hop. Where the kernel does not tell what a
 * next hop object stands for, dev is "".
 *
 * Bytes of a name that are no UTF-8 are written as \u00XX.
 *
 * Exit status 1: a CNI error {"cniVersion", "code", "msg", "details"}.
 *
 *   4  CNI_NETNS is missing, a bad command, too much on stdin; nothing was looked at
 *   5  the kernel refuses or does not answer (also: no privilege to enter)
 *   7  a command that cannot be carried out: no such interface, a gateway that DEV does not reach
 *   8  CNI_NETNS cannot be opened, or is no network namespace
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

#define MAX_STDIN_BYTES (64 * 1024)

static void read_commands(struct commands *commands)
{
	static char text[MAX_STDIN_BYTES + 1];
	size_t length = 0;
	for (ssize_t got = 1; got != 0 && length < sizeof text;) {
		got = read(STDIN_FILENO, text + length, sizeof text - length);
		if (got < 0 && errno != EINTR)
			fail(CODE_IO, "", "reading stdin: %s", strerror(errno));
		if (got > 0)
			length += (size_t)got;
	}
	if (length > MAX_STDIN_BYTES)
		fail(CODE_USAGE, "", "more than %d bytes on stdin", MAX_STDIN_BYTES);
	parse_lines(commands, text, length);
}

static void enter(const char *path)
{
	/* O_NONBLOCK: a named pipe at this path shall not make us wait for its other end. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		fail(CODE_NAMESPACE, "", "network namespace %s: %s", path, strerror(errno));
	if (setns(fd, CLONE_NEWNET) < 0) {
		if (errno == EINVAL)
			fail(CODE_NAMESPACE, "", "%s is no network namespace", path);
		fail(CODE_IO, "", "entering network namespace %s: %s", path, strerror(errno));
	}
	close(fd);
}

int main(int argc, char **argv)
{
	const bool by_hand = argc > 1 && getenv("CNI_COMMAND") == NULL;
	const char *path = by_hand ? argv[1] : getenv("CNI_NETNS");
	struct commands commands = {0};
	struct buffer answer = {0};
	/* An answer that nobody takes is a failure like others, and is undone. */
	signal(SIGPIPE, SIG_IGN);
	if (path == NULL || *path == '\0')
		fail(CODE_USAGE, "", "CNI_NETNS is not set");
	if (by_hand)
		for (int i = 2; i < argc; i++)
			parse_command(&commands, argv[i], strlen(argv[i]));
	else
		read_commands(&commands);
	enter(path);
	netlink_open();
	apply_commands(&commands);
	write_facts(&answer);
	if (!print(&answer))
		fail(CODE_IO, "", "writing the answer: %s", strerror(errno));
	buffer_free(&answer);
	return EXIT_SUCCESS;
}
