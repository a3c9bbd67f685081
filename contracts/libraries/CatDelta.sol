// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {CatHash} from "./CatHash.sol";

/**
 * @title The address of a small delta
 * @notice A delta of up to 64 rows is one chunk: its rows, then zeros up to 4,096 bytes, with a span of the rows alone.
 */
library CatDelta {
    /// @dev Rows that one chunk holds.
    uint64 internal constant MAX_ROWS = 64;

    /// @dev Bytes of a row.
    uint64 private constant ROW_SIZE = 64;

    /// @dev A chunk has 64 pairs of segments, so six levels lead from the rows' hashes to its tree root.
    uint256 private constant ROW_LEVELS = 6;

    /**
     * @notice The Swarm address of a delta.
     * @param nodes the rows' hashes, 1 to {MAX_ROWS} of them; overwritten
     * @return The address
     */
    function computeAddress(bytes32[] memory nodes) internal pure returns (bytes32) {
        uint64 span = ROW_SIZE * uint64(nodes.length);
        uint256 count = nodes.length;
        bytes32 zeroRoot = Hashes.efficientKeccak256(0, 0); // of the padding, as high as the level's nodes
        for (uint256 level = 0; level < ROW_LEVELS; ++level) {
            uint256 pairs = (count + 1) / 2;
            for (uint256 i = 0; i < pairs; ++i) {
                bytes32 right = 2 * i + 1 < count ? nodes[2 * i + 1] : zeroRoot;
                nodes[i] = Hashes.efficientKeccak256(nodes[2 * i], right);
            }
            count = pairs;
            zeroRoot = Hashes.efficientKeccak256(zeroRoot, zeroRoot);
        }
        return CatHash.hashChunk(span, nodes[0]);
    }
}
