/*
 * printer.h
 *	  Printing into memory of the caller, for matcher.c and stage.c only.
 *
 * What does not fit is counted but not written, so printing into nothing
 * measures.
 */
#ifndef PRINTER_H
#define PRINTER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Printer
{
	char	   *out;
	size_t		cap;
	size_t		len;			/* of all, also of what did not fit */
} Printer;

static inline void
put(Printer *p, const char *text, size_t len)
{
	if (p->len < p->cap)
		memcpy(p->out + p->len, text, len < p->cap - p->len ? len : p->cap - p->len);
	p->len += len;
}

static inline void
put_text(Printer *p, const char *text)
{
	put(p, text, strlen(text));
}

/* In double quotes, with those inside doubled. */
static inline void
put_quoted(Printer *p, const char *text, size_t len)
{
	put_text(p, "\"");
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == '"')
			put_text(p, "\"");
		put(p, text + i, 1);
	}
	put_text(p, "\"");
}

/* The shortest of the forms that reads back to the same number. */
static inline void
put_number(Printer *p, double number)
{
	char		buf[32];

	for (int digits = 15; digits <= 17; digits++)
	{
		snprintf(buf, sizeof(buf), "%.*g", digits, number);
		if (strtod(buf, NULL) == number)
			break;
	}
	put_text(p, buf);
}

#endif							/* PRINTER_H */
