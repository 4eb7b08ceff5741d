#include <arpa/inet.h>
#include <string.h>

#include "netns.h"

/* Longer than any command. */
#define MAX_LINE 255

/* The line itself is not told: who takes this program for a plugin gives it a configuration, which may hold a secret. */
static _Noreturn void refuse(const char *why)
{
	fail(CODE_USAGE, "", "bad command: %s", why);
}

/* By the kernel's own rules, so that a name which cannot exist is a usage error. */
static bool is_interface_name(const char *name)
{
	const size_t length = strlen(name);
	if (length == 0 || length >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (const char *at = name; *at != '\0'; at++)
		if ((unsigned char)*at <= 0x20 || *at == 0x7f || *at == '/' || *at == ':')
			return false;
	return true;
}

/* The unspecified address would mean "no gateway" to the kernel: another route than the one asked for. */
static bool parse_gateway(struct target *target, const char *text)
{
	static const uint8_t any[sizeof target->gateway];
	target->family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
	target->gateway_length = target->family == AF_INET ? 4 : 16;
	return inet_pton(target->family, text, target->gateway) == 1 && memcmp(target->gateway, any, sizeof any) != 0;
}

void parse_command(struct commands *commands, const char *line, size_t length)
{
	char text[MAX_LINE + 1] = "", *words[4];
	size_t count = 0;
	struct command command = {0};
	memcpy(text, line, length < MAX_LINE ? length : MAX_LINE);
	if (strlen(text) < length)
		refuse("too long, or with a NUL");
	for (char *word = strtok(text, " "); word != NULL && count < 4; word = strtok(NULL, " "))
		words[count++] = word;
	const char *verb = count == 0 ? "" : words[0];
	const bool has_gateway = strcmp(verb, "default") == 0;
	if (!has_gateway && strcmp(verb, "default4") != 0 && strcmp(verb, "default6") != 0)
		refuse("the first word is not default, default4 or default6");
	if (count != (has_gateway ? 3 : 2))
		refuse(has_gateway ? "not an interface and a gateway" : "not one interface");
	if (!is_interface_name(words[1]))
		refuse("no interface can have this name");
	strcpy(command.dev, words[1]);
	command.target.family = strcmp(verb, "default6") == 0 ? AF_INET6 : AF_INET;
	if (has_gateway && !parse_gateway(&command.target, words[2]))
		refuse("the gateway is not the address of a router");
	if (commands->count > 0 && commands->list[0].target.family == command.target.family)
		refuse("the second for this IP family");
	/* There are two families, so there is room. */
	commands->list[commands->count++] = command;
}

void parse_lines(struct commands *commands, const char *text, size_t length)
{
	for (const char *end = text + length, *line_end; text < end; text = line_end + 1) {
		line_end = memchr(text, '\n', (size_t)(end - text));
		if (line_end == NULL)
			line_end = end;
		if (line_end > text)
			parse_command(commands, text, (size_t)(line_end - text));
	}
}
