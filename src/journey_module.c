/*
 * journey_module.c
 *	  Loading of the library.
 */
#include "postgres.h"

#include "journey.h"
#include "core/transitions.h"
#include "core/wellknown.h"

JOURNEY_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	wellknown_init();
	transitions_init();
}
