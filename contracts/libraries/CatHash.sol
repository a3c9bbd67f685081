// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";

/**
 * @title The two ends of a CAT's hashing
 * @notice What a row is at the bottom of a chunk's tree, and what the chunk's address is at its top: section "Proof of a
 * row" of {ICatRegistry}. Between them are pairs, hashed by OpenZeppelin's `Hashes.efficientKeccak256`.
 */
library CatHash {
    /// @notice Hashes a row: its 64 bytes are two segments, so that this is a node one level above them.
    /// @param nixId hash part of the store path
    /// @param seq the batch that set the row
    /// @param swarmId the row's target
    /// @return The hash of `nixId ‖ zero (4) ‖ seq (8, big endian) ‖ swarmId`
    function hashRow(bytes20 nixId, uint64 seq, bytes32 swarmId) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(nixId, uint32(0), seq, swarmId));
    }

    /// @notice The Swarm address of a chunk.
    /// @param span bytes of content under the chunk
    /// @param treeRoot root of the binary tree over its 128 segments
    /// @return The hash of `LE64(span) ‖ treeRoot`
    function hashChunk(uint64 span, bytes32 treeRoot) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(Bytes.reverseBytes8(bytes8(span)), treeRoot));
    }
}
