// swift-tools-version: 6.3
//===--- Package.swift - the engines for programs that load libraries -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import PackageDescription

let package = Package(
  name: "PeerLibrary",
  products: [
    .library(name: "PeerLibrary", type: .dynamic, targets: ["PeerLibrary"])
  ],
  dependencies: [.package(name: "ademamix", path: "../../..")],
  targets: [
    .target(
      name: "PeerLibrary",
      dependencies: [.product(name: "AdEMAMix", package: "ademamix")],
      swiftSettings: [.strictMemorySafety()])
  ])
