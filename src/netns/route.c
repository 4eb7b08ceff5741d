#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netns.h"

/* What the kernel puts in where none is told. Told, a delete of the route cannot hit one of another metric. */
#define IPV6_METRIC 1024
/* Flags of a route or a next hop that may be told; others are the kernel's own notes (dead, no carrier, offloaded). */
#define TOLD_FLAGS (RTNH_F_ONLINK | RTNH_F_PERVASIVE)

bool read_route(const struct nlmsghdr *message, struct route *route)
{
	const struct rtmsg *head = NLMSG_DATA(message);
	const struct span attributes = attributes_after(message, sizeof *head);
	*route = (struct route){message, head, attributes, number_in(attributes, RTA_NH_ID, 0)};
	return head->rtm_type == RTN_UNICAST && head->rtm_src_len == 0 && !(head->rtm_flags & RTM_F_CLONED) &&
	       number_in(attributes, RTA_TABLE, head->rtm_table) == RT_TABLE_MAIN;
}

/* RTA_GATEWAY is of the route's own family; RTA_VIA says its family first (IPv4 by a router's IPv6 address). */
static struct hop read_hop(int index, struct span attributes, uint8_t family)
{
	const struct rtattr *gateway = find_attribute(attributes, RTA_GATEWAY, family == AF_INET ? 4 : 16);
	const struct rtattr *via = find_attribute(attributes, RTA_VIA, sizeof(struct rtvia) + 16);
	const struct rtvia *other = via == NULL ? NULL : RTA_DATA(via);
	if (gateway != NULL)
		return (struct hop){index, family, RTA_DATA(gateway)};
	if (other != NULL)
		return (struct hop){index, (uint8_t)other->rtvia_family, other->rtvia_addr};
	return (struct hop){index, family, NULL};
}

static const struct rtnexthop *take_hop(struct span *rest)
{
	const struct rtnexthop *hop = (const struct rtnexthop *)rest->at;
	return rest->left < sizeof *hop ? NULL : take(rest, hop->rtnh_len, sizeof *hop);
}

static struct hop hop_of_several(const struct rtnexthop *raw, uint8_t family)
{
	return read_hop(raw->rtnh_ifindex, (struct span){(const char *)RTNH_DATA(raw), raw->rtnh_len - sizeof *raw},
	                family);
}

struct hops hops_of(const struct route *route)
{
	const struct rtattr *several = find_attribute(route->attributes, RTA_MULTIPATH, 0);
	if (several == NULL)
		return (struct hops){route, {0}, false};
	return (struct hops){route, {RTA_DATA(several), RTA_PAYLOAD(several)}, true};
}

bool next_hop(struct hops *hops, struct hop *hop)
{
	const struct route *route = hops->route;
	const uint8_t family = route->head->rtm_family;
	const struct rtnexthop *raw = take_hop(&hops->several);
	if (raw == NULL && hops->is_over)
		return false;
	*hop = raw != NULL ? hop_of_several(raw, family)
	                   : read_hop((int)number_in(route->attributes, RTA_OIF, 0), route->attributes, family);
	hops->is_over = true;
	return true;
}

static bool is_match(const struct hop *hop, const struct target *target)
{
	if (hop->index != target->index || target->gateway_length == 0)
		return hop->index == target->index;
	return hop->gateway != NULL && hop->family == target->family &&
	       memcmp(hop->gateway, target->gateway, target->gateway_length) == 0;
}

size_t count_hops(const struct route *route, const struct target *target, size_t *matching)
{
	struct hops rest = hops_of(route);
	size_t count = *matching = 0;
	for (struct hop hop; next_hop(&rest, &hop); count++)
		*matching += is_match(&hop, target);
	return count;
}

static struct nlmsghdr *new_message(struct rtmsg head, size_t room)
{
	struct nlmsghdr *message = calloc(1, NLMSG_SPACE(sizeof head) + room);
	if (message == NULL)
		fail(CODE_IO, "", "out of memory");
	message->nlmsg_len = NLMSG_LENGTH(sizeof head);
	*(struct rtmsg *)NLMSG_DATA(message) = head;
	return message;
}

struct nlmsghdr *new_default_route(const struct target *target)
{
	const uint32_t metric = IPV6_METRIC;
	struct nlmsghdr *message = new_message(
	    (struct rtmsg){
	        .rtm_family = target->family,
	        .rtm_table = RT_TABLE_MAIN,
	        .rtm_protocol = RTPROT_BOOT,
	        .rtm_scope = RT_SCOPE_UNIVERSE,
	        .rtm_type = RTN_UNICAST,
	    },
	    64);
	add_attribute(message, RTA_GATEWAY, target->gateway, target->gateway_length);
	add_attribute(message, RTA_OIF, &target->index, sizeof target->index);
	if (target->family == AF_INET6)
		add_attribute(message, RTA_PRIORITY, &metric, sizeof metric);
	return message;
}

static void add_hops(struct nlmsghdr *message, const struct route *route, const struct target *target, bool is_matching)
{
	struct buffer kept = {0};
	struct span rest = hops_of(route).several;
	for (const struct rtnexthop *each; (each = take_hop(&rest)) != NULL;) {
		const struct hop hop = hop_of_several(each, route->head->rtm_family);
		struct rtnexthop head = *each;
		head.rtnh_flags &= TOLD_FLAGS;
		if (target != NULL && is_match(&hop, target) != is_matching)
			continue;
		buffer_add(&kept, &head, sizeof head);
		buffer_add(&kept, RTNH_DATA(each), each->rtnh_len - sizeof head);
	}
	add_attribute(message, RTA_MULTIPATH, kept.bytes, kept.length);
	buffer_free(&kept);
}

/* A route of a router's advertisement runs out, and shall still do so when it is put back. */
static void add_expiry(struct nlmsghdr *message, const struct rtattr *attribute)
{
	const struct rta_cacheinfo *info = RTA_DATA(attribute);
	const uint32_t seconds = info->rta_expires > 0 ? (uint32_t)(info->rta_expires / sysconf(_SC_CLK_TCK)) : 0;
	if (seconds > 0)
		add_attribute(message, RTA_EXPIRES, &seconds, sizeof seconds);
}

/* The kernel's own description sent back, so that no other route can be meant; without what only the kernel may say. */
struct nlmsghdr *same_route(const struct route *route, const struct target *target, bool is_matching)
{
	struct rtmsg head = *route->head;
	struct span rest = route->attributes;
	head.rtm_flags &= TOLD_FLAGS;
	/* Nothing is longer than it came. */
	struct nlmsghdr *message = new_message(head, route->message->nlmsg_len);
	for (const struct rtattr *each; (each = next_attribute(&rest)) != NULL;) {
		const uint16_t type = attribute_type(each);
		const bool is_hop = type == RTA_OIF || type == RTA_GATEWAY || type == RTA_VIA || type == RTA_MULTIPATH;
		/* With an object its next hops are told, but not taken. */
		if (is_hop && route->object != 0)
			continue;
		if (type == RTA_CACHEINFO)
			add_expiry(message, each);
		else if (type == RTA_MULTIPATH)
			add_hops(message, route, target, is_matching);
		else
			add_attribute(message, each->rta_type, RTA_DATA(each), RTA_PAYLOAD(each));
	}
	return message;
}
