/*
 * test.h
 *	  What the tests of the core share: random numbers that a seed repeats, and
 *	  a condition that ends the test where it does not hold.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t seed;
static uint64_t state;

/* Begin with the seed of an argument; `other` is for NULL. */
static inline void
start_random(const char *argument, uint64_t other)
{
	seed = argument != NULL ? strtoull(argument, NULL, 10) : other;
	state = seed;
}

/* splitmix64 */
static inline uint64_t
rnd(void)
{
	uint64_t	z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline uint32_t
below(uint32_t n)
{
	return (uint32_t) (rnd() % n);
}

#define REQUIRE(cond) \
	do { \
		if (!(cond)) \
		{ \
			printf("not ok: line %d: %s (seed %llu)\n", __LINE__, #cond, \
				   (unsigned long long) seed); \
			exit(1); \
		} \
	} while (0)

#endif							/* TEST_H */
