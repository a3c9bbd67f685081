// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A contract account with one owner
/// @notice For tests only: what a well-behaved contract member does.
contract ERC1271Wallet is IERC1271 {
    address private immutable _OWNER;

    /// @notice Makes the account.
    /// @param owner whose ECDSA signatures it accepts
    constructor(address owner) {
        _OWNER = owner;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        (address recovered, , ) = ECDSA.tryRecoverCalldata(hash, signature);
        return recovered == _OWNER ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}
