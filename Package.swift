// swift-tools-version: 6.2
//===--- Package.swift - what is built, in reading order ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "ademamix",
  products: [
    .library(name: "AdEMAMix", targets: ["AdEMAMix"])
  ],
  dependencies: [
    // For the benchmark executable: clients of the library never fetch it.
    .package(
      url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // MARK: - The library

    .target(
      name: "AdEMAMix",
      dependencies: ["CAdEMAMixKernels", "COpenBLAS"],
      swiftSettings: strict),

    // MARK: - Benchmarks

    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "AdEMAMix", "CMemoryCeiling", "COpenBLAS",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks",
      exclude: ["CMemoryCeiling"],
      swiftSettings: strict),
    .target(
      name: "CMemoryCeiling",
      dependencies: ["CAdEMAMixKernels"],
      path: "Benchmarks/CMemoryCeiling",
      cSettings: [
        // For instruction_sets.h, which is no part of the kernels' interface.
        .headerSearchPath("../../Sources/CAdEMAMixKernels"),
        .headerSearchPath("."),
        .treatAllWarnings(as: .error),
      ]),

    // MARK: - Tests

    .testTarget(
      name: "AdEMAMixTests",
      dependencies: ["AdEMAMix", "CAllocationCounter"],
      resources: [.copy("Golden")],
      swiftSettings: strict),
    .target(
      name: "CAllocationCounter",
      path: "Tests/CAllocationCounter",
      cSettings: [.treatAllWarnings(as: .error)]),

    // MARK: - C underneath

    .target(
      name: "CAdEMAMixKernels",
      cSettings: [.treatAllWarnings(as: .error)]),
    .systemLibrary(
      name: "COpenBLAS",
      pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
  ]
)
