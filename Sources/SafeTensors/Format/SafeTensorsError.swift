//===--- SafeTensorsError.swift - why a file is refused -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The reason why a file was not read or written.
///
///     do {
///       let file = try SafeTensorsReader(path: path)
///     } catch {
///       guard error.code == .notSafeTensors else { throw error }
///       // Try another reader.
///     }
///
/// Two errors are equal if they have the same reason and the same values. An
/// equal ``code`` is not enough.
public struct SafeTensorsError: Error, Sendable, Hashable {
  /// The rule that was broken. Later versions may have more codes.
  public struct Code: Sendable, Hashable {
    private let name: String

    private init(_ name: String) { self.name = name }

    /// The system refused an operation on the file: see ``errorNumber``.
    public static let system = Code("system")

    /// The first bytes of the file are those of another format.
    public static let notSafeTensors = Code("notSafeTensors")

    /// The file ends before its header or its tensors do: part of the file is
    /// missing, or the file became shorter while it was read.
    public static let truncated = Code("truncated")

    /// The header is no JSON, lacks a field, has a field or key twice, or gives
    /// tensors places that overlap, leave gaps, or do not fit the shapes.
    public static let malformedHeader = Code("malformedHeader")

    /// The elements of a tensor are of a type that this version of the library
    /// does not know.
    public static let unknownType = Code("unknownType")

    /// The tensors or the metadata are such as no file can have. Examples are
    /// two tensors of one name, a negative dimension, and more bytes than an
    /// `Int` counts.
    public static let invalidTensors = Code("invalidTensors")

    /// A checksum that the file must have is missing, or is no checksum, or is
    /// that of no tensor. The file can be read with the policy
    /// ``ChecksumPolicy/ignored``.
    public static let missingChecksum = Code("missingChecksum")

    /// The header or a tensor is not as it was written: the checksum differs
    /// from the stored checksum.
    public static let wrongChecksum = Code("wrongChecksum")

    /// The file has no tensor of the name that the caller asks for.
    public static let missingTensor = Code("missingTensor")

    /// The file has a tensor that the caller does not expect, or the tensor has
    /// another type or shape than the caller expects.
    public static let unexpectedTensor = Code("unexpectedTensor")

    /// The caller's bytes are more or fewer than the bytes of the tensor.
    public static let wrongByteCount = Code("wrongByteCount")
  }

  /// The reason with all values, of which the public properties show a part.
  package enum Reason: Sendable, Hashable {
    /// The system refused an operation on a file.
    case file(FileError)
    /// The file breaks a rule of the format, or the call a rule of the library.
    case fault(SafeTensorsFault, path: String?)
  }

  package let reason: Reason
}

// MARK: - Properties

extension SafeTensorsError {
  /// The rule that was broken.
  public var code: Code {
    switch reason {
    case .file(let error): error.isEarlyEnd ? .truncated : .system
    case .fault(let fault, _): fault.code
    }
  }

  /// The path of the file, or of the folder if the system refused an operation
  /// on the folder. The path is `nil` if ``TensorDescription/byteCount()``
  /// throws the error.
  public var path: String? {
    switch reason {
    case .file(let error): error.path
    case .fault(_, let path): path
    }
  }

  /// The name of the tensor that the error is about, or `nil` for an error
  /// about the file, the header or the metadata.
  public var tensor: String? {
    switch reason {
    case .file: nil
    case .fault(let fault, _): fault.tensor
    }
  }

  /// The system's `errno`, such as `ENOSPC`, for errors of the code
  /// ``Code/system``, and `nil` for all others.
  public var errorNumber: CInt? {
    switch reason {
    case .file(let error): error.isEarlyEnd ? nil : error.code
    case .fault: nil
    }
  }
}

extension SafeTensorsError: CustomStringConvertible {
  /// A sentence with the path, the value found, and the rule that the value
  /// breaks.
  public var description: String {
    switch reason {
    case .file(let error):
      return error.description
    case .fault(let fault, let path):
      guard let path else { return fault.description }
      return "'\(path)'"
        + (fault.isOfAnotherFormat ? " is no safetensors file" : "")
        + ": \(fault)"
    }
  }
}

extension SafeTensorsError.Code: CustomStringConvertible {
  /// The name of the code, such as `truncated`.
  public var description: String { name }
}

// MARK: - Making errors

extension SafeTensorsError {
  /// The error of an operation that the system refused.
  package static func file(_ error: FileError) -> SafeTensorsError {
    SafeTensorsError(reason: .file(error))
  }

  /// The error of a file, or of a call, that breaks a rule.
  package static func fault(
    _ fault: SafeTensorsFault, path: String?
  ) -> SafeTensorsError {
    SafeTensorsError(reason: .fault(fault, path: path))
  }

  /// The result of an operation on a file. An error of the operation is wrapped
  /// in `.file`.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(SafeTensorsError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(error)
    }
  }

  /// The result of a check of a file's content. An error of the check is
  /// wrapped in `.fault`.
  static func wrapping<Result: ~Copyable>(
    _ path: String?, _ body: () throws(SafeTensorsFault) -> Result
  ) throws(SafeTensorsError) -> Result {
    do {
      return try body()
    } catch {
      throw .fault(error, path: path)
    }
  }
}

// MARK: - Files beside each other

extension SafeTensorsError {
  /// Whether a file is not as it was written. A file that cannot be reached, or
  /// that has other tensors than the caller expects, is not damaged.
  package var isDamage: Bool {
    switch reason {
    case .file(let error): error.isOfOneFile
    case .fault(let fault, _): fault.isDamage
    }
  }

  /// Whether the reason lies in this file, so that the files beside it may be
  /// readable. Too little memory, for example, is no reason that lies in a
  /// file.
  package var isOfOneFile: Bool {
    switch reason {
    case .file(let error): error.isOfOneFile
    case .fault: true
    }
  }
}
