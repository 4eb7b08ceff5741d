/*
 * What is missing goes in before what is too much goes out. So a gateway that the kernel refuses costs nothing, and
 * who has a default route has one at every moment. Each change is noted, and undoing walks the notes backwards.
 *
 * Routes of one metric have an order, and what is added goes behind. So deleting goes from the last to the first:
 * undone, they are in their order again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netns.h"

/* Somebody else (a router's advertisement) may add a default route while we work: another round deletes it. */
#define MAX_ROUNDS 4

/* The default routes of one family, in the kernel's order. */
struct defaults {
	struct buffer dump, routes;
};

/* The requests that the kernel carried out (struct nlmsghdr *), oldest first. */
static struct buffer changes;

/* 0, the errno of a refusal, or -1 when it is so already: somebody may be quicker, and all is read back in the end. */
static int request(struct nlmsghdr *message, uint16_t type)
{
	message->nlmsg_type = type;
	message->nlmsg_flags = type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_APPEND : 0;
	const int failure = netlink_request(message);
	return failure == (type == RTM_NEWROUTE ? EEXIST : ESRCH) ? -1 : failure;
}

static void undo_changes(struct buffer *problems)
{
	struct nlmsghdr **noted = (struct nlmsghdr **)changes.bytes;
	for (size_t i = changes.length / sizeof *noted; i-- > 0; free(noted[i])) {
		const bool was_added = noted[i]->nlmsg_type == RTM_NEWROUTE;
		const int failure = request(noted[i], was_added ? RTM_DELROUTE : RTM_NEWROUTE);
		if (failure > 0)
			buffer_format(problems, "%sa default route was not %s: %s", problems->length > 0 ? "; " : "",
			              was_added ? "taken away again" : "put back", strerror(failure));
	}
	buffer_free(&changes);
}

/* Takes the message. The errno of the kernel's refusal, or 0. */
static int change(struct nlmsghdr *message, uint16_t type)
{
	const int failure = request(message, type);
	if (failure == 0)
		buffer_add(&changes, &message, sizeof message);
	else
		free(message);
	return failure < 0 ? 0 : failure;
}

static void add_route(struct nlmsghdr *message, const struct command *command)
{
	char gateway[INET6_ADDRSTRLEN] = "";
	const int failure = change(message, RTM_NEWROUTE);
	const bool is_trouble = failure == EPERM || failure == ENOMEM || failure == ENOBUFS || failure == ETIMEDOUT;
	if (failure == 0)
		return;
	if (command->target.gateway_length > 0)
		inet_ntop(command->target.family, command->target.gateway, gateway, sizeof gateway);
	fail(is_trouble ? CODE_IO : CODE_REFUSED, netlink_explanation(), "default route dev %s%s%s: %s", command->dev,
	     *gateway == '\0' ? "" : " via ", gateway, strerror(failure));
}

static void delete_route(struct nlmsghdr *message)
{
	const int failure = change(message, RTM_DELROUTE);
	if (failure != 0)
		fail(CODE_IO, netlink_explanation(), "deleting a default route: %s", strerror(failure));
}

static const struct route *routes_of(const struct defaults *defaults, size_t *count)
{
	*count = defaults->routes.length / sizeof(struct route);
	return (const struct route *)defaults->routes.bytes;
}

static void read_defaults(struct defaults *defaults, uint8_t family)
{
	netlink_dump(RTM_GETROUTE, family, &defaults->dump);
	struct span rest = messages_of(&defaults->dump);
	struct route route;
	for (const struct nlmsghdr *each; (each = next_message(&rest)) != NULL;)
		if (read_route(each, &route) && route.head->rtm_dst_len == 0)
			buffer_add(&defaults->routes, &route, sizeof route);
}

/* As commanded? A route for one type of service only is not the default route. */
static bool is_settled(const struct command *command, const struct defaults *defaults)
{
	size_t count, total = 0, right = 0;
	const struct route *routes = routes_of(defaults, &count);
	for (size_t i = 0, matching; i < count; i++, right += matching)
		total += count_hops(&routes[i], &command->target, &matching);
	return total == right && (command->target.gateway_length == 0 || (total == 1 && routes[0].head->rtm_tos == 0));
}

/* The first route that is the wanted one, or has it among next hops which go one by one, as IPv6's do. */
static const struct route *find_wanted(const struct command *command, const struct defaults *defaults)
{
	size_t count, matching;
	const struct route *routes = routes_of(defaults, &count);
	for (const struct route *each = routes; each < routes + count; each++) {
		const bool is_single = count_hops(each, &command->target, &matching) == 1;
		const bool is_divisible = each->head->rtm_family == AF_INET6 && each->object == 0;
		if (matching == 1 && (is_single || is_divisible) && each->head->rtm_tos == 0)
			return each;
	}
	return NULL;
}

static void add_missing(const struct command *command, const struct defaults *defaults)
{
	const struct target *target = &command->target;
	size_t count, matching;
	const struct route *routes = routes_of(defaults, &count);
	if (target->gateway_length > 0 && find_wanted(command, defaults) == NULL)
		add_route(new_default_route(target), command);
	for (size_t i = 0; i < count && target->gateway_length == 0; i++) {
		const size_t total = count_hops(&routes[i], target, &matching);
		if (matching == 0 || matching == total)
			continue;
		if (routes[i].object != 0)
			fail(CODE_REFUSED, "", "default route dev %s: next hop object %u is shared with other interfaces",
			     command->dev, routes[i].object);
		/* IPv4 deletes a route with all its next hops, so those that stay need a route of their own. */
		if (target->family == AF_INET)
			add_route(same_route(&routes[i], target, true), command);
	}
}

static void remove_others(const struct command *command, const struct defaults *defaults)
{
	const struct target *target = &command->target;
	const struct route *wanted = target->gateway_length > 0 ? find_wanted(command, defaults) : NULL;
	size_t count, matching;
	const struct route *routes = routes_of(defaults, &count);
	for (size_t i = count; i-- > 0;) {
		const size_t total = count_hops(&routes[i], target, &matching);
		const bool is_kept = target->gateway_length > 0 ? &routes[i] == wanted : matching > 0;
		/* Of IPv6's next hops only those that are too many. */
		if (!is_kept || matching < total)
			delete_route(same_route(&routes[i], is_kept && target->family == AF_INET6 ? target : NULL, false));
	}
}

static _Noreturn void fail_unsettled(const struct command *command, const struct defaults *defaults)
{
	struct buffer links = {0}, found = {0};
	size_t count;
	const struct route *routes = routes_of(defaults, &count);
	netlink_dump(RTM_GETLINK, AF_UNSPEC, &links);
	for (size_t i = 0; i < count; i++) {
		struct hops rest = hops_of(&routes[i]);
		for (struct hop hop; next_hop(&rest, &hop);) {
			char gateway[INET6_ADDRSTRLEN] = "the link";
			const char *dev = link_name(&links, hop.index);
			if (hop.gateway != NULL)
				inet_ntop(hop.family, hop.gateway, gateway, sizeof gateway);
			buffer_format(&found, "%svia %s dev %s", found.length > 0 ? ", " : "", gateway, dev == NULL ? "?" : dev);
		}
	}
	buffer_add(&found, "", 1);
	fail(CODE_REFUSED, found.bytes, "the default route of %s does not become what was commanded", command->dev);
}

/* True when there was nothing to do. */
static bool run_round(const struct commands *commands, bool is_last)
{
	struct defaults defaults[2] = {0};
	bool is_done = true;
	for (size_t i = 0; i < commands->count; i++) {
		const struct command *command = &commands->list[i];
		read_defaults(&defaults[i], command->target.family);
		const bool is_right = is_settled(command, &defaults[i]);
		is_done &= is_right;
		if (!is_right && is_last)
			fail_unsettled(command, &defaults[i]);
	}
	for (size_t i = 0; i < commands->count && !is_done; i++)
		add_missing(&commands->list[i], &defaults[i]);
	for (size_t i = 0; i < commands->count && !is_done; i++)
		remove_others(&commands->list[i], &defaults[i]);
	for (size_t i = 0; i < commands->count; i++) {
		buffer_free(&defaults[i].dump);
		buffer_free(&defaults[i].routes);
	}
	return is_done;
}

void apply_commands(struct commands *commands)
{
	struct buffer links = {0};
	if (commands->count == 0)
		return;
	netlink_dump(RTM_GETLINK, AF_UNSPEC, &links);
	for (size_t i = 0; i < commands->count; i++) {
		struct command *command = &commands->list[i];
		command->target.index = link_index(&links, command->dev);
		if (command->target.index == 0)
			fail(CODE_REFUSED, "", "no interface \"%s\" in the namespace", command->dev);
	}
	buffer_free(&links);
	on_failure(undo_changes);
	for (int round = 1; !run_round(commands, round > MAX_ROUNDS);)
		round++;
}
