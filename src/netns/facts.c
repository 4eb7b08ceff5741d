#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "netns.h"

static const char *const scopes[256] = {
    [RT_SCOPE_UNIVERSE] = "global", [RT_SCOPE_SITE] = "site",       [RT_SCOPE_LINK] = "link",
    [RT_SCOPE_HOST] = "host",       [RT_SCOPE_NOWHERE] = "nowhere",
};

static const char *name_of(const struct nlmsghdr *link)
{
	const struct rtattr *name = find_attribute(attributes_after(link, sizeof(struct ifinfomsg)), IFLA_IFNAME, 1);
	return name == NULL ? "" : RTA_DATA(name);
}

static int index_of(const struct nlmsghdr *link)
{
	return ((const struct ifinfomsg *)NLMSG_DATA(link))->ifi_index;
}

const char *link_name(const struct buffer *links, int index)
{
	struct span rest = messages_of(links);
	for (const struct nlmsghdr *each; (each = next_message(&rest)) != NULL;)
		if (index_of(each) == index)
			return name_of(each);
	return NULL;
}

int link_index(const struct buffer *links, const char *name)
{
	struct span rest = messages_of(links);
	for (const struct nlmsghdr *each; (each = next_message(&rest)) != NULL;)
		if (strcmp(name_of(each), name) == 0)
			return index_of(each);
	return 0;
}

/* "key":"text" with what goes before it: in a list a brace, and a comma between two. */
static void write_text(struct buffer *out, const char *key, const char *text)
{
	const char last = out->bytes[out->length - 1];
	buffer_format(out, "%s\"%s\":", last == '[' ? "{" : last == '}' ? ",{" : ",", key);
	json_string(out, text, strlen(text));
}

static void write_link(struct buffer *out, const struct nlmsghdr *message)
{
	const struct ifinfomsg *head = NLMSG_DATA(message);
	const struct span attributes = attributes_after(message, sizeof *head);
	const struct rtattr *mac = find_attribute(attributes, IFLA_ADDRESS, 1);
	write_text(out, "name", name_of(message));
	buffer_format(out, ",\"index\":%d", head->ifi_index);
	for (size_t i = 0; mac != NULL && i < RTA_PAYLOAD(mac); i++)
		buffer_format(out, "%s%02x", i == 0 ? ",\"mac\":\"" : ":", ((const uint8_t *)RTA_DATA(mac))[i]);
	buffer_format(out, "%s,\"mtu\":%u,\"up\":%s}", mac == NULL ? "" : "\"", number_in(attributes, IFLA_MTU, 0),
	              head->ifi_flags & IFF_UP ? "true" : "false");
}

static void write_address(struct buffer *out, const struct nlmsghdr *message, const struct buffer *links)
{
	const struct ifaddrmsg *head = NLMSG_DATA(message);
	const struct span attributes = attributes_after(message, sizeof *head);
	const size_t length = head->ifa_family == AF_INET ? 4 : 16;
	/* Where both are told, IFA_ADDRESS is the other end of a point-to-point link. */
	const struct rtattr *local = find_attribute(attributes, IFA_LOCAL, length);
	const struct rtattr *address = local != NULL ? local : find_attribute(attributes, IFA_ADDRESS, length);
	const uint32_t flags = number_in(attributes, IFA_FLAGS, head->ifa_flags);
	const bool is_tentative = flags & IFA_F_TENTATIVE, is_failed = flags & IFA_F_DADFAILED;
	const char *dev = link_name(links, (int)head->ifa_index), *scope = scopes[head->ifa_scope];
	char text[INET6_ADDRSTRLEN];
	if (address == NULL || dev == NULL)
		return;
	write_text(out, "dev", dev);
	inet_ntop(head->ifa_family, RTA_DATA(address), text, sizeof text);
	buffer_format(out, ",\"address\":\"%s/%u\",\"scope\":\"%s\"", text, head->ifa_prefixlen,
	              scope == NULL ? "other" : scope);
	buffer_format(out, ",\"flags\":[%s%s%s]}", is_tentative ? "\"tentative\"" : "",
	              is_tentative && is_failed ? "," : "", is_failed ? "\"dadfailed\"" : "");
}

/* One object for each next hop. */
static void write_route(struct buffer *out, const struct route *route, const struct buffer *links)
{
	static const uint8_t any[16];
	const uint8_t family = route->head->rtm_family;
	const struct rtattr *dst = find_attribute(route->attributes, RTA_DST, family == AF_INET ? 4 : 16);
	struct hops rest = hops_of(route);
	char address[INET6_ADDRSTRLEN], cidr[INET6_ADDRSTRLEN + 4];
	inet_ntop(family, dst == NULL ? any : RTA_DATA(dst), address, sizeof address);
	snprintf(cidr, sizeof cidr, "%s/%u", address, route->head->rtm_dst_len);
	for (struct hop hop; next_hop(&rest, &hop);) {
		const char *dev = hop.index == 0 ? "" : link_name(links, hop.index);
		if (dev == NULL)
			continue;
		write_text(out, "dst", cidr);
		write_text(out, "dev", dev);
		if (hop.gateway != NULL && inet_ntop(hop.family, hop.gateway, address, sizeof address) != NULL)
			write_text(out, "gateway", address);
		buffer_format(out, ",\"metric\":%u,\"scope\":%u,\"protocol\":%u}",
		              number_in(route->attributes, RTA_PRIORITY, 0), route->head->rtm_scope, route->head->rtm_protocol);
	}
}

void write_facts(struct buffer *out)
{
	struct buffer addresses = {0}, routes = {0}, links = {0};
	netlink_dump(RTM_GETADDR, AF_INET, &addresses);
	netlink_dump(RTM_GETADDR, AF_INET6, &addresses);
	netlink_dump(RTM_GETROUTE, AF_INET, &routes);
	netlink_dump(RTM_GETROUTE, AF_INET6, &routes);
	/* Last: what the others name and this lacks has gone in the meantime, and is left out. */
	netlink_dump(RTM_GETLINK, AF_UNSPEC, &links);

	struct route route;
	struct span rest = messages_of(&links);
	buffer_format(out, "{\"links\":[");
	for (const struct nlmsghdr *each; (each = next_message(&rest)) != NULL;)
		write_link(out, each);
	buffer_format(out, "],\"addresses\":[");
	rest = messages_of(&addresses);
	for (const struct nlmsghdr *each; (each = next_message(&rest)) != NULL;)
		write_address(out, each, &links);
	buffer_format(out, "],\"routes\":[");
	rest = messages_of(&routes);
	for (const struct nlmsghdr *each; (each = next_message(&rest)) != NULL;)
		if (read_route(each, &route))
			write_route(out, &route, &links);
	buffer_format(out, "]}\n");
	buffer_free(&addresses);
	buffer_free(&routes);
	buffer_free(&links);
}
