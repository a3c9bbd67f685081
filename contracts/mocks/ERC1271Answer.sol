// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A contract that gives the same answer to every call
/// @notice For tests only: short, long and junk answers of ERC-1271 members.
contract ERC1271Answer {
    bytes private _answer;

    /// @notice Makes the contract.
    /// @param answer the bytes returned to every call, as they are
    constructor(bytes memory answer) {
        _answer = answer;
    }

    /// @notice Answers any call.
    /// @return The answer
    fallback(bytes calldata) external returns (bytes memory) {
        return _answer;
    }
}
