/*
 * wellknown.h
 *	  The permanent table of well-known names.
 *
 * Names that many journeys hold are stored as a number instead of text, as
 * HPACK does for HTTP headers.  The table is part of the storage format: names
 * are only ever appended, never changed, removed or renumbered.  Appending
 * names raises JOURNEY_FORMAT, MATCHER_VERSION and STAGE_VERSION, because a
 * value written before holds the new names as text.
 *
 * Numbers below 128 take one byte in a journey, the others two.
 */
#ifndef WELLKNOWN_H
#define WELLKNOWN_H

#include <stddef.h>
#include <stdint.h>

extern const uint32_t wellknown_count;

/* Call once before anything else of the core. */
extern void wellknown_init(void);

/* The text of a name, with its length. */
extern const char *wellknown_text(uint16_t id, size_t *len);

/* The number of a name, or JOURNEY_NO_NAME.  `hash` is journey_hash(text). */
extern uint16_t wellknown_find(const char *text, size_t len, uint32_t hash);

#endif							/* WELLKNOWN_H */
