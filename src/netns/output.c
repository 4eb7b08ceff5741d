#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netns.h"

static void (*registered_undo)(struct buffer *problems);

/* Where `length` more bytes have room. */
static char *reserve(struct buffer *buffer, size_t length)
{
	if (buffer->capacity - buffer->length < length) {
		const size_t capacity = (buffer->length + length) * 2;
		char *bytes = realloc(buffer->bytes, capacity);
		if (bytes == NULL)
			fail(CODE_IO, "", "out of memory");
		buffer->bytes = bytes;
		buffer->capacity = capacity;
	}
	return buffer->bytes + buffer->length;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
	if (length == 0)
		return;
	memcpy(reserve(buffer, length), bytes, length);
	buffer->length += length;
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	const size_t length = (size_t)vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	va_start(arguments, format);
	/* One byte more than it counts, for the NUL. */
	vsnprintf(reserve(buffer, length + 1), length + 1, format, arguments);
	va_end(arguments);
	buffer->length += length;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){0};
}

/* Length of the sequence of several bytes that starts here; 0 for what decoders refuse: overlong, surrogate, too high.
 */
static size_t utf8_sequence(const unsigned char *at, size_t left)
{
	const size_t length = at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
	if (length == 0 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	const bool is_refused = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	                        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f);
	return is_refused ? 0 : length;
}

void json_string(struct buffer *out, const char *bytes, size_t length)
{
	const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
	buffer_add(out, "\"", 1);
	for (size_t step; at < end; at += step) {
		const size_t sequence = utf8_sequence(at, (size_t)(end - at));
		step = sequence > 0 ? sequence : 1;
		if (sequence == 0 && (*at < 0x20 || *at > 0x7e || *at == '"' || *at == '\\'))
			buffer_format(out, "\\u%04x", *at);
		else
			buffer_add(out, at, step);
	}
	buffer_add(out, "\"", 1);
}

bool print(const struct buffer *out)
{
	for (size_t done = 0; done < out->length;) {
		const ssize_t written = write(STDOUT_FILENO, out->bytes + done, out->length - done);
		if (written < 0 && errno != EINTR)
			return false;
		done += written < 0 ? 0 : (size_t)written;
	}
	return true;
}

void on_failure(void (*undo)(struct buffer *problems))
{
	registered_undo = undo;
}

_Noreturn void fail(enum code code, const char *details, const char *format, ...)
{
	/* Not a buffer: memory may be missing. Written before the undo, which overwrites what the arguments point to. */
	char message[8192];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);

	struct buffer more = {0}, answer = {0};
	void (*undo)(struct buffer * problems) = registered_undo;
	registered_undo = NULL;
	buffer_add(&more, details, strlen(details));
	if (undo != NULL)
		undo(&more);
	buffer_format(&answer, "{\"cniVersion\":\"1.0.0\",\"code\":%d,\"msg\":", code);
	json_string(&answer, message, strlen(message));
	buffer_format(&answer, ",\"details\":");
	json_string(&answer, more.bytes, more.length);
	buffer_format(&answer, "}\n");
	/* Nobody may listen; the exit status says it all the same. */
	print(&answer);
	buffer_free(&more);
	buffer_free(&answer);
	exit(EXIT_FAILURE);
}
