//===--- KernelCounts.swift - the kernels of a scalar type ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CAdEMAMixKernels

/// Counts the kernels of a scalar type, compiled for an instruction set.
@safe struct KernelCounts<Scalar: BinaryFloatingPoint> {
  private let prefix: String
  private let kernels: ademamix_kernels
  private let theta, g, m1, m2, nu, scratch,
    compensation: UnsafeMutablePointer<Scalar>

  init(_ set: InstructionSet) {
    prefix = "kernel \(Scalar.self) \(set)"
    unsafe kernels =
      Scalar.self == Float.self
      ? ademamix_kernels_f32(set.rawValue).pointee
      : ademamix_kernels_f64(set.rawValue).pointee
    unsafe theta = KernelInput.elements(1)
    unsafe g = KernelInput.elements(2)
    unsafe m1 = KernelInput.elements(3)
    unsafe m2 = KernelInput.elements(4)
    unsafe nu = KernelInput.elements(5, positive: true)
    unsafe scratch = KernelInput.elements(6)
    unsafe compensation = KernelInput.elements(7)
  }

  func count() {
    countSteps()
    countGradients()
    countOptions()
    countChecks()
  }

  private func countSteps() {
    var c = KernelInput.coefficients
    count("fused") { count in
      unsafe kernels.fused(count, theta, g, m1, m2, nu, &c)
    }
    count("update_moments") { count in
      unsafe kernels.update_moments(count, 256, theta, g, m1, m2, nu, &c)
    }
    count("update_parameters") { count in
      unsafe kernels.update_parameters(count, 256, theta, m1, m2, nu, &c)
    }
    countHalves()
    count("direction") { count in
      unsafe kernels.direction(count, 256, m1, m2, nu, scratch, &c)
    }
    count("apply_direction") { count in
      unsafe kernels.apply_direction(count, theta, scratch, c.decay)
    }
    count("flush") { count in unsafe kernels.flush(count, m2) }
  }

  private func countHalves() {
    var c = KernelInput.coefficients
    var signs = [ademamix_signs](
      repeating: ademamix_signs(), count: (KernelInput.count + 31) / 32)
    var squares = [Double](repeating: 0, count: (KernelInput.count + 127) / 128)
    unsafe signs.withUnsafeMutableBufferPointer { signs in
      unsafe squares.withUnsafeMutableBufferPointer { squares in
        var sums = unsafe ademamix_update_sums(
          agreeing: 0, nonzero: 0, squares: nil, factor: 1)
        count("first_half, cautious") { count in
          unsafe kernels.first_half(
            count, g, m1, m2, nu, &c, signs.baseAddress, &sums)
        }
        unsafe sums.squares = squares.baseAddress
        count("first_half, update clipping") { count in
          unsafe kernels.first_half(count, g, m1, m2, nu, &c, nil, &sums)
        }
        count("second_half") { count in
          unsafe kernels.second_half(count, theta, g, m1, m2, nu, &c, nil)
        }
        count("second_half, cautious") { count in
          unsafe kernels.second_half(
            count, theta, nil, m1, m2, nu, &c, UnsafePointer(signs.baseAddress))
        }
      }
    }
  }

  private func countGradients() {
    var transform = ademamix_gradient_transform(
      scale: 0.5, mean: 1, factor: 0.5, limit: 1, bound: 0x1p120,
      zeroes: false, alone: false)
    let limit = KernelInput.coefficients.limit
    count("square") { count in
      _ = unsafe kernels.square(count, 256, limit, g, theta, scratch)
    }
    count("clamp") { count in
      _ = unsafe kernels.clamp(count, limit, g, scratch)
    }
    count("square_sum") { count in
      _ = unsafe kernels.square_sum(count, 256, g, nil, nil, 1)
    }
    count("square_sum of a sum") { count in
      _ = unsafe kernels.square_sum(count, 256, g, scratch, compensation, 1)
    }
    var scan = ademamix_scan()
    scan.scale = 1
    scan.unit = 1
    count("scan") { count in unsafe kernels.scan(count, g, nil, nil, &scan) }
    count("accumulate") { count in
      unsafe kernels.accumulate(count, 256, 0.5, g, scratch, compensation)
    }
    count("transform_gradient") { count in
      unsafe kernels.transform_gradient(
        count, 256, g, nil, nil, &transform, scratch)
    }
    transform.zeroes = true
    count("transform_gradient that zeroes") { count in
      unsafe kernels.transform_gradient(
        count, 256, g, m1, compensation, &transform, scratch)
    }
  }

  private func countOptions() {
    var c = KernelInput.coefficients
    var measurement = ademamix_measurement()
    count("agreement_count") { count in
      _ = unsafe kernels.agreement_count(count, scratch, g)
    }
    count("nonzero_count") { count in
      _ = unsafe kernels.nonzero_count(count, g)
    }
    count("mask_disagreement") { count in
      unsafe kernels.mask_disagreement(count, scratch, g)
    }
    count("normalized_square_sum") { count in
      _ = unsafe kernels.normalized_square_sum(count, g, 1, nu, &c)
    }
    count("measure") { count in
      unsafe kernels.measure(count, g, m1, m2, nu, scratch, &measurement)
    }
  }

  private func countChecks() {
    count("first_negative") { count in
      _ = unsafe kernels.first_negative(count, nu)
    }
    count("are_finite") { count in _ = unsafe kernels.are_finite(count, g) }
  }

  private func count(_ kernel: String, _ work: (Int) -> Void) {
    InstructionCounter.countKernel(
      "\(prefix) \(kernel)", elements: KernelInput.count
    ) { work(KernelInput.count) }
  }
}
