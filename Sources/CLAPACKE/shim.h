// SPDX-License-Identifier: Apache-2.0

// The LAPACKE interface of LAPACK, or an error that says how to get it.

// Swift cannot import C's _Complex.
typedef struct { float real, imaginary; } lapacke_complex_float;
typedef struct { double real, imaginary; } lapacke_complex_double;
#define LAPACK_COMPLEX_CUSTOM
#define lapack_complex_float lapacke_complex_float
#define lapack_complex_double lapacke_complex_double

#if __has_include(<lapacke.h>)
#include <lapacke.h>
#elif __has_include(<lapacke/lapacke.h>)
#include <lapacke/lapacke.h>
#else
#error "lapacke.h not found. Install LAPACKE: apt-get install liblapacke-dev"
#endif
