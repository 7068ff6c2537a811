// The CBLAS interface of OpenBLAS, or an error that says how to get it.

#if !__has_include(<cblas.h>)
#error "cblas.h not found. Install OpenBLAS: apt-get install libopenblas-dev liblapacke-dev"
#else

// Swift cannot import C's _Complex.
#define FORCE_OPENBLAS_COMPLEX_STRUCT
#include <cblas.h>

#ifndef OPENBLAS_VERSION
#error "This cblas.h is not OpenBLAS's. Install OpenBLAS: apt-get install libopenblas-dev liblapacke-dev"
#endif

#endif
