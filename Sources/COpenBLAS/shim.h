// SPDX-License-Identifier: Apache-2.0

// The CBLAS interface of OpenBLAS, or an error that says how to get it.

// Swift cannot import C's _Complex.
#define FORCE_OPENBLAS_COMPLEX_STRUCT

// Systems that have more than one BLAS keep OpenBLAS's header in a folder of
// its own: Debian one for each way of threading, Fedora one.
#if __has_include(<openblas-pthread/cblas.h>)
#include <openblas-pthread/cblas.h>
#elif __has_include(<openblas-openmp/cblas.h>)
#include <openblas-openmp/cblas.h>
#elif __has_include(<openblas-serial/cblas.h>)
#include <openblas-serial/cblas.h>
#elif __has_include(<openblas/cblas.h>)
#include <openblas/cblas.h>
#elif __has_include(<cblas.h>)
#include <cblas.h>
#endif

#ifndef OPENBLAS_VERSION
#error "no cblas.h of OpenBLAS found. Install OpenBLAS: apt-get install libopenblas-dev"
#endif
