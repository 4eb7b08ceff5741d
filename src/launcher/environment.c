#include <sys/stat.h>

#include "launcher.h"

/* True when one of the `NAME=VALUE` of a list has the name of this one. */
static bool has_name(char *const *list, size_t count, const char *entry)
{
	const size_t length = strcspn(entry, "=");
	for (size_t i = 0; i < count; i++)
		if (strncmp(list[i], entry, length) == 0 && (list[i][length] == '=' || list[i][length] == '\0'))
			return true;
	return false;
}

bool request_block(struct buffer *block)
{
	static char *const trace[] = {"TRACEPARENT", "TRACESTATE", "BAGGAGE"};
	char *sent[MAX_VARIABLES];
	size_t count = 0;
	for (char **entry = environ; *entry != NULL; entry++) {
		/* What else the runtime's unit sets is none of the agent's business. */
		const bool is_told =
			strchr(*entry, '=') != NULL && (strncmp(*entry, "CNI_", 4) == 0 || has_name(trace, 3, *entry));
		/* Of a name that is there twice, the first is what getenv(3) finds. */
		if (!is_told || has_name(sent, count, *entry))
			continue;
		if (count == MAX_VARIABLES || block->length + strlen(*entry) + 1 > MAX_BLOCK)
			return false;
		sent[count++] = *entry;
		append(block, *entry, strlen(*entry) + 1);
	}
	return true;
}

char **delegate_environment(struct bytes block)
{
	size_t inherited = 0, count = 0;
	while (environ[inherited] != NULL)
		inherited++;
	struct buffer list = {0};
	char **merged = (char **)reserve(&list, (inherited + MAX_VARIABLES + 1) * sizeof *merged);
	for (const char *at = block.at; at < block.at + block.length; at += strlen(at) + 1)
		if (!has_name(merged, count, at))
			merged[count++] = (char *)at;
	for (size_t i = 0; i < inherited; i++)
		if (!has_name(merged, count, environ[i]))
			merged[count++] = environ[i];
	merged[count] = NULL;
	return merged;
}

bool is_in_cni_path(struct bytes path)
{
	const char *slash = path.length == 0 ? NULL : memrchr(path.at, '/', path.length), *folders = getenv("CNI_PATH");
	if (slash == NULL || folders == NULL || memchr(path.at, '\0', path.length) != NULL)
		return false;
	/* What is behind the last slash needs no look: . and .. are folders, and those the kernel does not execute. */
	const size_t folder = (size_t)(slash - path.at);
	for (size_t span; *folders != '\0'; folders += span + (folders[span] == ':')) {
		size_t kept = span = strcspn(folders, ":");
		while (kept > 0 && folders[kept - 1] == '/')
			kept--;
		if (*folders == '/' && kept == folder && memcmp(folders, path.at, folder) == 0)
			return true;
	}
	return false;
}

uint32_t look_at_netns(void)
{
	const char *path = getenv("CNI_NETNS");
	struct stat theirs, ours;
	if (path == NULL || stat(path, &theirs) < 0)
		return 0;
	if (stat("/proc/self/ns/net", &ours) < 0)
		return 1;
	return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino ? 2 : 1;
}
