/*
 * condition_row.h
 *	  A row of one customer's history as conditions see it.
 */
#ifndef CONDITION_ROW_H
#define CONDITION_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONDITIONS_MAX	64

typedef struct ConditionRow
{
	int64_t		at;
	uint64_t	mask;			/* bit k: condition k + 1 is true */
} ConditionRow;

#endif							/* CONDITION_ROW_H */
