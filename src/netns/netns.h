/* What the pages of braid-netns share, those that build on nothing else first. */
#ifndef BRAID_NETNS_H
#define BRAID_NETNS_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- output.c: text and bytes that grow, JSON, and the end without success --- */

/* Starts as {0}; aligned for any object. Without memory the program fails. */
struct buffer {
	char *bytes;
	size_t length, capacity;
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_free(struct buffer *buffer);

/* A quoted JSON string. Bytes that are no UTF-8 become \u00XX, so the document can always be parsed. */
void json_string(struct buffer *out, const char *bytes, size_t length);
/* All of it to stdout; false, with errno, when that is not possible. */
bool print(const struct buffer *out);

/* The specification's codes for CNI errors; main.c says which means what. */
enum code { CODE_USAGE = 4, CODE_IO = 5, CODE_REFUSED = 7, CODE_NAMESPACE = 8 };

/* Prints a CNI error and exits with status 1, after undoing what `on_failure` was told. */
_Noreturn void fail(enum code code, const char *details, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The undo tells in `problems` what it could not take back. */
void on_failure(void (*undo)(struct buffer *problems));

/* --- netlink.c: requests with an answer, dumps, and walking what came --- */

/* What is left to walk: messages, attributes, or next hops. */
struct span {
	const char *at;
	size_t left;
};

/* In the namespace that the process is in. */
void netlink_open(void);
/* Sends a request and waits for the kernel's verdict: 0 or an errno. */
int netlink_request(struct nlmsghdr *message);
/* Why the last request was refused, in the kernel's words, or "". */
const char *netlink_explanation(void);
/* Adds all objects that `type` (RTM_GET…) finds of a family, or of all with AF_UNSPEC: one message each. */
void netlink_dump(uint16_t type, uint8_t family, struct buffer *into);

/* Moves over one object of this length, told in it, and returns it; NULL when that cannot be. */
const void *take(struct span *rest, size_t length, size_t least);
/* The next one, or NULL at the end. */
const struct nlmsghdr *next_message(struct span *rest);
const struct rtattr *next_attribute(struct span *rest);

struct span messages_of(const struct buffer *dump);
struct span attributes_after(const struct nlmsghdr *message, size_t header_length);
/* The first attribute of a type, of at least this length, or NULL. */
const struct rtattr *find_attribute(struct span attributes, uint16_t type, size_t length);
uint32_t number_in(struct span attributes, uint16_t type, uint32_t fallback);
uint16_t attribute_type(const struct rtattr *attribute);
/* The message's memory must have room for it. */
void add_attribute(struct nlmsghdr *message, uint16_t type, const void *data, size_t length);

/* --- facts.c: what is in the namespace --- */

/* In a dump of links: NULL when there is none of this number, 0 when there is none of this name. */
const char *link_name(const struct buffer *links, int index);
int link_index(const struct buffer *links, const char *name);

/* Adds {"links":[…],"addresses":[…],"routes":[…]}; main.c says what they hold. */
void write_facts(struct buffer *out);

/* --- route.c: a route as a dump tells it, its next hops, and the message that adds or deletes just this route --- */

/* Lives as long as the dump does. `object`: the next hop object that it uses, 0 when its next hops are its own. */
struct route {
	const struct nlmsghdr *message;
	const struct rtmsg *head;
	struct span attributes;
	uint32_t object;
};

/* `gateway`, of `family`, is NULL for what is on the link; `index` is 0 when the kernel does not tell. */
struct hop {
	int index;
	uint8_t family;
	const void *gateway;
};

/* The next hops yet to come: of several the rest, or else the single one until `is_over`. */
struct hops {
	const struct route *route;
	struct span several;
	bool is_over;
};

/* Next hops to look for: through an interface and, unless `gateway_length` is 0, by this gateway. */
struct target {
	int index;
	uint8_t family, gateway_length, gateway[16];
};

/*
 * False for what is none of our business: other tables, clones in a cache, routes for some source addresses only, and
 * what is not unicast (unreachable, blackhole and prohibit are policy, and lead nowhere).
 */
bool read_route(const struct nlmsghdr *message, struct route *route);
struct hops hops_of(const struct route *route);
bool next_hop(struct hops *hops, struct hop *hop);
/* How many next hops there are, and how many of them are the target's. */
size_t count_hops(const struct route *route, const struct target *target, size_t *matching);

/* A message without type, to be freed. */
struct nlmsghdr *new_default_route(const struct target *target);
/* Likewise; with a target, of several next hops only those that match it (`is_matching`), or only those that do not. */
struct nlmsghdr *same_route(const struct route *route, const struct target *target, bool is_matching);

/* --- command.c: what the caller wants changed --- */

/* "default" when the target has a gateway, else "default4" or "default6". The target's index is not known yet. */
struct command {
	char dev[IFNAMSIZ];
	struct target target;
};

/* One for each family at most. Starts as {0}. */
struct commands {
	struct command list[2];
	size_t count;
};

/* Adds one command, or one for each line that is not empty; fails when it is none, or the second of its family. */
void parse_command(struct commands *commands, const char *line, size_t length);
void parse_lines(struct commands *commands, const char *text, size_t length);

/* --- default-route.c --- */

/*
 * Carries out all commands or none: what was changed is taken back when this, or anything after it, fails. Returns when
 * the kernel's default routes, read back, are as commanded.
 */
void apply_commands(struct commands *commands);

#endif
