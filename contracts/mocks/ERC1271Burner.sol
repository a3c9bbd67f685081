// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract member that burns all the gas that it is given
/// @notice For tests only: a 64th of the gas stays with the asking contract, which is enough to refuse.
contract ERC1271Burner is IERC1271 {
    /// @inheritdoc IERC1271
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return bytes4(keccak256(new bytes(1 << 40))); // more memory than any gas pays for
    }
}
