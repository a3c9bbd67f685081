// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An EIP-7702 delegate without ERC-1271
/// @notice For tests only: it must not lock out the key of the account that delegates to it.
contract PlainDelegate {
    /// @notice Something for the account to have code for.
    /// @return Always true
    function isDelegate() external pure returns (bool) {
        return true;
    }
}
