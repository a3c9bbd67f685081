// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract member that changes state while it is asked
/// @notice For tests only: a static call must make it fail.
contract ERC1271Writer {
    /// @notice How often it was asked.
    uint256 public calls;

    /// @notice Accepts everything, and counts.
    /// @return ERC-1271's magic value
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        ++calls;
        return IERC1271.isValidSignature.selector;
    }
}
