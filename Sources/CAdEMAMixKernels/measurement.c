//===--- measurement.c - partial sums, added up ---------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#include "CAdEMAMixKernels.h"

static double total(const double *lanes) {
  double sum = 0;
  for (int j = 0; j < ADEMAMIX_LANES; ++j)
    sum += lanes[j];
  return sum;
}

ademamix_totals ademamix_total(const ademamix_measurement *m) {
  return (ademamix_totals){
      .gradient = total(m->gradient),
      .fast = total(m->fast),
      .slow = total(m->slow),
      .second = total(m->second),
      .direction = total(m->direction),
      .fast_slow = total(m->fast_slow),
  };
}
