// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A contract member whose approval is followed by a megabyte of zeros
/// @notice For tests only: whoever copies all that it answers pays for that.
contract ERC1271Bomb {
    /// @notice Answers any call.
    /// @return ERC-1271's magic word, and the zeros
    fallback(bytes calldata) external returns (bytes memory) {
        return abi.encodePacked(IERC1271.isValidSignature.selector, new bytes(1 << 20));
    }
}
