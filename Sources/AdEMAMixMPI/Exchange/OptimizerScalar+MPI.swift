//===--- OptimizerScalar+MPI.swift - the types in MPI ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import CMPI

extension OptimizerScalar {
  /// The datatype that MPI has for this type.
  static var datatype: cmpi_handle {
    Self.self == Float.self ? cmpi_float() : cmpi_double()
  }
}

#endif
