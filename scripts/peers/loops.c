// SPDX-License-Identifier: Apache-2.0

// Plain loops of C under OpenMP, to compare steps with.

#include <math.h>
#include <omp.h>
#include <stddef.h>

void loops_set_threads(int threads) { omp_set_num_threads(threads); }

// The memory of a step, 5 reads and 4 writes, and as little else as possible.
void loops_ceiling(size_t count, float *restrict a, float *restrict b,
                   float *restrict c, float *restrict d,
                   const float *restrict e) {
#pragma omp parallel for simd schedule(static)
  for (size_t i = 0; i < count; ++i) {
    a[i] += e[i];
    b[i] += e[i];
    c[i] += e[i];
    d[i] += e[i];
  }
}

// A step. The numbers are the learning rate, beta1, beta2, beta3, alpha,
// epsilon and the weight decay. The step counts from 1.
void loops_step(size_t count, float *restrict parameters,
                const float *restrict gradients, float *restrict fast,
                float *restrict slow, float *restrict second,
                const double *numbers, long step) {
  const float rate = numbers[0], beta1 = numbers[1], beta2 = numbers[2],
              beta3 = numbers[3], alpha = numbers[4], epsilon = numbers[5],
              decay = numbers[6], share1 = 1 - numbers[1],
              share2 = 1 - numbers[2], share3 = 1 - numbers[3],
              fast_factor = 1 / (1 - pow(numbers[1], step)),
              root_factor = 1 / sqrt(1 - pow(numbers[2], step));
#pragma omp parallel for simd schedule(static)
  for (size_t i = 0; i < count; ++i) {
    float g = gradients[i];
    fast[i] = beta1 * fast[i] + share1 * g;
    slow[i] = beta3 * slow[i] + share3 * g;
    second[i] = beta2 * second[i] + share2 * g * g;
    float update = (fast[i] * fast_factor + alpha * slow[i]) /
                   (sqrtf(second[i]) * root_factor + epsilon);
    parameters[i] -= rate * (update + decay * parameters[i]);
  }
}
