#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "netns.h"

/* A dump that tables change under is begun anew; they may be busy for a moment, not for ever. */
#define DUMP_ATTEMPTS 10
#define TIMEOUT_SECONDS 2

/* The kernel fills at most 32 KiB in a dump, but a single link with very many attributes may take more. */
static _Alignas(NLMSG_ALIGNTO) char received[128 * 1024];
static char explanation[256];
static int socket_fd;
static uint32_t sequence;

void netlink_open(void)
{
	const int on = 1;
	const struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
	/* Connected to the kernel, so that no other process can put answers into our queue. */
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	socket_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (socket_fd < 0 || connect(socket_fd, (const struct sockaddr *)&kernel, sizeof kernel) < 0 ||
	    setsockopt(socket_fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0)
		fail(CODE_IO, "", "opening a netlink socket: %s", strerror(errno));
	/* Older kernels lack these: then errors are told in fewer words, and dumps are not checked. */
	setsockopt(socket_fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
	setsockopt(socket_fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
	setsockopt(socket_fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
}

static int send_message(struct nlmsghdr *message)
{
	explanation[0] = '\0';
	message->nlmsg_seq = ++sequence;
	while (send(socket_fd, message, message->nlmsg_len, 0) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

static int receive(struct span *datagram)
{
	ssize_t length;
	do
		length = recv(socket_fd, received, sizeof received, MSG_TRUNC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno == EAGAIN ? ETIMEDOUT : errno;
	*datagram = (struct span){received, (size_t)length};
	return datagram->left > sizeof received ? EMSGSIZE : 0;
}

/* The errno in an NLMSG_ERROR; what the kernel says about it goes to `explanation`. */
static int verdict(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);
	const struct span attributes = attributes_after(message, sizeof *error);
	const uint16_t told = NLM_F_ACK_TLVS | NLM_F_CAPPED;
	const struct rtattr *text =
	    (message->nlmsg_flags & told) == told ? find_attribute(attributes, NLMSGERR_ATTR_MSG, 1) : NULL;
	if (text != NULL)
		snprintf(explanation, sizeof explanation, "%.*s", (int)RTA_PAYLOAD(text), (const char *)RTA_DATA(text));
	return -error->error;
}

/*
 * Sends a request and takes the answer up to its end, into `into` what is not about the end: 0 or an errno. EINTR when
 * tables changed during a dump, which then may lack objects or have them twice.
 */
static int transact(struct nlmsghdr *message, uint8_t family, struct buffer *into)
{
	struct span datagram;
	bool is_interrupted = false;
	int failure = send_message(message);
	while (failure == 0 && (failure = receive(&datagram)) == 0) {
		for (const struct nlmsghdr *each; (each = next_message(&datagram)) != NULL;) {
			/* Another number: the late answer to a request that was given up. */
			if (each->nlmsg_seq != sequence)
				continue;
			is_interrupted |= (each->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (each->nlmsg_type == NLMSG_ERROR)
				return verdict(each);
			if (each->nlmsg_type == NLMSG_DONE) {
				const int status = each->nlmsg_len < NLMSG_LENGTH(sizeof(int)) ? 0 : *(const int *)NLMSG_DATA(each);
				return status != 0 ? -status : is_interrupted ? EINTR : 0;
			}
			/* A kernel without IPv6 answers a question about it with all families that it has. */
			if (family != AF_UNSPEC && *(const uint8_t *)NLMSG_DATA(each) != family)
				continue;
			buffer_add(into, each, each->nlmsg_len);
			buffer_add(into, "\0\0\0", NLMSG_ALIGN(each->nlmsg_len) - each->nlmsg_len);
		}
	}
	return failure;
}

int netlink_request(struct nlmsghdr *message)
{
	struct buffer nothing = {0};
	message->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	const int failure = transact(message, AF_UNSPEC, &nothing);
	buffer_free(&nothing);
	return failure;
}

const char *netlink_explanation(void)
{
	return explanation;
}

void netlink_dump(uint16_t type, uint8_t family, struct buffer *into)
{
	struct {
		struct nlmsghdr head;
		/* As long as the longest header of the three; each begins with the family. */
		uint8_t body[sizeof(struct ifinfomsg)];
	} request = {{.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}, {family}};
	/* The strict check wants the very header of the type. */
	request.head.nlmsg_len = NLMSG_LENGTH(type == RTM_GETLINK   ? sizeof(struct ifinfomsg)
	                                      : type == RTM_GETADDR ? sizeof(struct ifaddrmsg)
	                                                            : sizeof(struct rtmsg));
	const size_t start = into->length;
	int failure = EINTR;
	for (int attempt = 0; attempt < DUMP_ATTEMPTS && failure == EINTR; attempt++) {
		into->length = start;
		failure = transact(&request.head, family, into);
	}
	if (failure != 0)
		fail(CODE_IO, explanation, "reading the namespace: %s",
		     failure == EINTR ? "its tables keep changing" : strerror(failure));
}

const void *take(struct span *rest, size_t length, size_t least)
{
	const char *at = rest->at;
	if (length < least || length > rest->left)
		return NULL;
	/* The last one may come without its padding. */
	const size_t padded = NLMSG_ALIGN(length), step = padded < rest->left ? padded : rest->left;
	*rest = (struct span){at + step, rest->left - step};
	return at;
}

const struct nlmsghdr *next_message(struct span *rest)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)rest->at;
	return rest->left < sizeof *message ? NULL : take(rest, message->nlmsg_len, sizeof *message);
}

const struct rtattr *next_attribute(struct span *rest)
{
	const struct rtattr *attribute = (const struct rtattr *)rest->at;
	return rest->left < sizeof *attribute ? NULL : take(rest, attribute->rta_len, sizeof *attribute);
}

struct span messages_of(const struct buffer *dump)
{
	return (struct span){dump->bytes, dump->length};
}

struct span attributes_after(const struct nlmsghdr *message, size_t header_length)
{
	const size_t start = NLMSG_SPACE(header_length), length = message->nlmsg_len;
	return length < start ? (struct span){0} : (struct span){(const char *)message + start, length - start};
}

const struct rtattr *find_attribute(struct span attributes, uint16_t type, size_t length)
{
	for (const struct rtattr *each; (each = next_attribute(&attributes)) != NULL;)
		if (attribute_type(each) == type)
			return RTA_PAYLOAD(each) < length ? NULL : each;
	return NULL;
}

uint32_t number_in(struct span attributes, uint16_t type, uint32_t fallback)
{
	const struct rtattr *found = find_attribute(attributes, type, sizeof(uint32_t));
	return found == NULL ? fallback : *(const uint32_t *)RTA_DATA(found);
}

uint16_t attribute_type(const struct rtattr *attribute)
{
	return attribute->rta_type & NLA_TYPE_MASK;
}

void add_attribute(struct nlmsghdr *message, uint16_t type, const void *data, size_t length)
{
	struct rtattr *end = (struct rtattr *)((char *)message + NLMSG_ALIGN(message->nlmsg_len));
	*end = (struct rtattr){.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(length)};
	memcpy(RTA_DATA(end), data, length);
	message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + RTA_ALIGN(end->rta_len);
}
