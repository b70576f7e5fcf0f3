#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>

#include "base/arena.h"

Test(arena, memory_is_zero_aligned_and_apart)
{
	struct arena arena = { 0 };
	unsigned char *last = NULL;

	for (size_t size = 1; size < 9000; size += 37) {
		unsigned char *p = arena_alloc(&arena, size);

		cr_assert_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			cr_assert_eq(p[i], 0);
		memset(p, 0xff, size);
		cr_assert_neq(p, last);
		last = p;
	}
	arena_free(&arena);
}

Test(arena, copies)
{
	struct arena arena = { 0 };
	char *text;

	cr_expect_null(arena_strdup(&arena, NULL));
	cr_expect_str_eq(arena_strdup(&arena, ""), "");
	cr_expect_str_eq(arena_strndup(&arena, "abcdef", 3), "abc");
	text = arena_printf(&arena, "%s-%d", "x", 7);
	cr_expect_str_eq(text, "x-7");
	cr_expect_eq(strlen(arena_printf(&arena, "%5000s", "y")), 5000);
	cr_expect_str_eq(text, "x-7", "a later one changed an earlier one");
	arena_free(&arena);
	cr_expect_null(arena.chunks);
	cr_expect_str_eq(arena_strdup(&arena, "again"), "again");
	arena_free(&arena);
}

Test(arena, arrays_cannot_overflow, .signal = SIGABRT)
{
	struct arena arena = { 0 };

	arena_array(&arena, SIZE_MAX / 2, 3);
}
