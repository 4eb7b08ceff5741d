/*
 * Stands between braid-netns and the kernel, linked in by tests with --wrap=send,--wrap=recv. Each variable makes one thing odd:
 *
 *   ODD_REFUSE_DELETE=N, ODD_REFUSE_ADD=N   the Nth request of its kind is cut short, so that the kernel refuses it
 *   ODD_LOSE_DELETES=N                      the first N become requests for a route that is not there
 *   ODD_RIVAL=COMMAND, ODD_RIVAL_TIMES=N    a shell runs it in the namespace, told $ODD_DELETES, before each of the first N
 *   ODD_INTERRUPT=N                         the first N dumps are marked as interrupted
 *   ODD_STRAY, ODD_SIGNAL                   before an answer comes the end of another one; or a signal
 *   ODD_TOO_LONG, ODD_SILENT                answers do not fit; or do not come
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

ssize_t __real_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __real_recv(int fd, void *bytes, size_t length, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags);

static int deletes, adds, dumps;
static bool is_answer_next;

static int number(const char *variable)
{
	const char *text = getenv(variable);
	return text == NULL ? 0 : atoi(text);
}

static void run_rival(void)
{
	char count[16];
	snprintf(count, sizeof count, "%d", deletes);
	setenv("ODD_DELETES", count, 1);
	if (system(getenv("ODD_RIVAL")) != 0)
		abort();
}

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	static _Alignas(struct nlmsghdr) char copy[4096];
	struct nlmsghdr *message = (struct nlmsghdr *)copy;
	bool is_refused = false;
	if (length > sizeof copy)
		abort();
	memcpy(copy, bytes, length);
	is_answer_next = true;
	if (message->nlmsg_type == RTM_DELROUTE) {
		deletes += 1;
		if (deletes <= number("ODD_RIVAL_TIMES"))
			run_rival();
		if (deletes <= number("ODD_LOSE_DELETES"))
			((struct rtmsg *)NLMSG_DATA(message))->rtm_protocol = 253;
		is_refused = deletes == number("ODD_REFUSE_DELETE");
	} else if (message->nlmsg_type == RTM_NEWROUTE) {
		adds += 1;
		is_refused = adds == number("ODD_REFUSE_ADD");
	} else {
		dumps += 1;
	}
	if (is_refused)
		message->nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg));
	return __real_send(fd, copy, is_refused ? message->nlmsg_len : length, flags);
}

ssize_t __wrap_recv(int fd, void *bytes, size_t length, int flags)
{
	struct nlmsghdr *message = bytes;
	const bool is_first = is_answer_next;
	is_answer_next = false;
	if (getenv("ODD_SILENT") != NULL) {
		errno = EAGAIN;
		return -1;
	}
	if (is_first && getenv("ODD_SIGNAL") != NULL) {
		errno = EINTR;
		return -1;
	}
	if (is_first && getenv("ODD_STRAY") != NULL) {
		*message = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(sizeof(int)), .nlmsg_type = NLMSG_DONE};
		memset(NLMSG_DATA(message), 0, sizeof(int));
		return message->nlmsg_len;
	}
	const ssize_t received = __real_recv(fd, bytes, length, flags);
	if (received > 0 && dumps <= number("ODD_INTERRUPT"))
		message->nlmsg_flags |= NLM_F_DUMP_INTR;
	return getenv("ODD_TOO_LONG") != NULL ? (ssize_t)length + 1 : received;
}
