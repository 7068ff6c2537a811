//===--- Processors.swift - the processors of this process ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The number of processors that this thread may run on, at least 1.
package func availableProcessorCount() -> Int {
  max(1, Int(ademamix_available_processor_count()))
}
