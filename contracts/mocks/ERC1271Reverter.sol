// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract member that reverts when it is asked
/// @notice For tests only: that is no approval, and no revert of the asking contract by itself either.
contract ERC1271Reverter is IERC1271 {
    /// @notice The signature is refused.
    error ERC1271Refused();

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        revert ERC1271Refused();
    }
}
