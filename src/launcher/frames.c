#include <sys/socket.h>

#include "launcher.h"

enum { HEADER = 8 };

char *reserve(struct buffer *buffer, size_t more)
{
	if (buffer->capacity - buffer->length < more) {
		buffer->capacity = (buffer->length + more) * 2;
		buffer->at = realloc(buffer->at, buffer->capacity);
		if (buffer->at == NULL)
			fail(CODE_TRY_AGAIN, "out of memory");
	}
	return buffer->at + buffer->length;
}

void append(struct buffer *buffer, const void *bytes, size_t length)
{
	if (length > 0)
		memcpy(reserve(buffer, length), bytes, length);
	buffer->length += length;
}

void add_number(struct buffer *frame, uint32_t number)
{
	append(frame, (unsigned char[]){number, number >> 8, number >> 16, number >> 24}, 4);
}

void add_bytes(struct buffer *frame, const void *bytes, size_t length)
{
	add_number(frame, (uint32_t)length);
	append(frame, bytes, length);
}

struct buffer begin_frame(enum frame type)
{
	struct buffer frame = {0};
	add_number(&frame, 0);
	add_number(&frame, type);
	return frame;
}

bool send_frame(int socket, struct buffer *frame)
{
	struct buffer length = {.at = frame->at, .capacity = 4};
	add_number(&length, (uint32_t)frame->length - HEADER);
	for (size_t done = 0; done < frame->length;) {
		const ssize_t sent = send(socket, frame->at + done, frame->length - done, MSG_NOSIGNAL);
		if (sent < 0 && errno != EINTR)
			return false;
		done += sent < 0 ? 0 : (size_t)sent;
	}
	free(frame->at);
	return true;
}

/* What is left of a body; once something was wrong, only zeros come. */
struct fields {
	const unsigned char *at;
	size_t left;
	bool is_bad;
};

static uint32_t number_at(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static struct bytes take(struct fields *fields, size_t length)
{
	const struct bytes taken = {(const char *)fields->at, length};
	fields->is_bad |= fields->left < length;
	if (fields->is_bad)
		return (struct bytes){NULL, 0};
	fields->at += length;
	fields->left -= length;
	return taken;
}

static uint32_t take_number(struct fields *fields, uint32_t most)
{
	const struct bytes taken = take(fields, 4);
	const uint32_t number = taken.at == NULL ? 0 : number_at((const unsigned char *)taken.at);
	fields->is_bad |= number > most;
	return number;
}

static struct bytes take_bytes(struct fields *fields, uint32_t most)
{
	return take(fields, take_number(fields, most));
}

/* NAME=VALUE, each ended by a NUL. */
static struct bytes take_block(struct fields *fields)
{
	const struct bytes block = take_bytes(fields, MAX_BLOCK);
	size_t count = 0;
	fields->is_bad |= block.length > 0 && block.at[block.length - 1] != '\0';
	for (const char *at = block.at; !fields->is_bad && at < block.at + block.length; at += strlen(at) + 1)
		fields->is_bad = *at == '=' || strchr(at, '=') == NULL || ++count > MAX_VARIABLES;
	return block;
}

/* The longest body of each type that an agent sends. */
static const uint32_t longest[] = {
	[HELLO] = 64,
	[EXEC] = 7 * 4 + MAX_VERSION + MAX_PATH + MAX_BLOCK + MAX_CONTENT,
	[KILL] = 4,
	[LOG] = 4 + MAX_LOG,
	[DONE] = 8 + MAX_CONTENT,
};

static bool decode(struct order *order, struct fields fields)
{
	if (order->type == HELLO) {
		order->version = take_number(&fields, UINT32_MAX);
		/* What comes behind another version's number is not for us to understand. */
		if (order->version != FRAMES_VERSION)
			return !fields.is_bad;
		order->silence_ms = take_number(&fields, MAX_SILENCE_MS);
	}
	if (order->type == EXEC || order->type == KILL)
		order->id = take_number(&fields, UINT32_MAX);
	if (order->type == EXEC) {
		order->deadline_ms = take_number(&fields, UINT32_MAX);
		order->max_stdout = take_number(&fields, MAX_CONTENT);
		order->cni_version = take_bytes(&fields, MAX_VERSION);
		order->path = take_bytes(&fields, MAX_PATH);
		order->variables = take_block(&fields);
	}
	if (order->type == DONE)
		order->exit_code = take_number(&fields, 255);
	if (order->type == EXEC || order->type == DONE || order->type == LOG)
		order->content = take_bytes(&fields, MAX_CONTENT);
	return !fields.is_bad && fields.left == 0;
}

static bool receive(int socket, void *into, size_t length)
{
	for (size_t got = 0; got < length;) {
		const ssize_t some = recv(socket, (char *)into + got, length - got, 0);
		if (some == 0 || (some < 0 && errno != EINTR))
			return false;
		got += some < 0 ? 0 : (size_t)some;
	}
	return true;
}

const char agent_closed[] = "closed the connection";

const char *read_order(int socket, struct order *order)
{
	unsigned char header[HEADER];
	*order = (struct order){0};
	if (!receive(socket, header, HEADER))
		return agent_closed;
	const uint32_t length = number_at(header), type = number_at(header + 4);
	/* Types that an agent never sends have none; and no body is empty. */
	if (type >= sizeof longest / sizeof *longest || length == 0 || length > longest[type])
		return "sends what is no frame";
	order->type = type;
	order->body = malloc(length);
	if (order->body == NULL || !receive(socket, order->body, length))
		return "ends in the middle of a frame";
	const bool is_whole = decode(order, (struct fields){(unsigned char *)order->body, length, false});
	return is_whole ? NULL : "sends what is no frame";
}
