// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {CatHash} from "./CatHash.sol";

/**
 * @title Proof that a row stands in a CAT
 * @notice Computes the Swarm address of a CAT from one of its rows and the siblings on the way up: section "Proof of a row"
 * of {ICatRegistry}. Swarm's rule is the binary Merkle tree of keccak-256 over 128 segments of 32 bytes, whose root is
 * hashed once more behind the chunk's span (the bytes under it, 8 bytes little endian).
 */
library CatProof {
    /// @dev The highest depth: 2^32 buckets.
    uint8 internal constant MAX_DEPTH = 32;

    /// @dev A bucket has 64 rows of two segments, so six levels lead from a row's hash to the bucket's tree root.
    uint256 private constant ROW_LEVELS = 6;

    /// @dev A chunk above the buckets holds 128 addresses: seven levels.
    uint256 private constant ADDRESS_LEVELS = 7;

    /// @dev Bytes in a bucket, which is one chunk.
    uint64 private constant BUCKET_SPAN = 4096;

    /**
     * @notice The root that the proof leads to.
     * @param nixId decides the bucket
     * @param swarmId the row's target
     * @param seq the batch that set the row
     * @param slot the row's place in its bucket
     * @param depth the CAT has `2^depth` buckets
     * @param siblings from the row upwards
     * @return root zero, which is no CAT's root, where slot, depth or the number of siblings is impossible
     */
    function computeRoot(
        bytes20 nixId,
        bytes32 swarmId,
        uint64 seq,
        uint8 slot,
        uint8 depth,
        bytes32[] calldata siblings
    ) internal pure returns (bytes32 root) {
        if (slot >> ROW_LEVELS != 0 || depth > MAX_DEPTH) return 0;
        uint256 chunkLevels = (uint256(depth) + ADDRESS_LEVELS - 1) / ADDRESS_LEVELS;
        if (siblings.length != ROW_LEVELS + ADDRESS_LEVELS * chunkLevels) return 0;

        bytes32 node = CatHash.hashRow(nixId, seq, swarmId);
        node = _climb(node, siblings[:ROW_LEVELS], slot);
        node = CatHash.hashChunk(BUCKET_SPAN, node);

        uint256 index = uint160(nixId) >> (160 - depth);
        uint64 span = BUCKET_SPAN;
        uint64 wholeSpan = BUCKET_SPAN << depth;
        for (uint256 from = ROW_LEVELS; from < siblings.length; from += ADDRESS_LEVELS) {
            node = _climb(node, siblings[from:from + ADDRESS_LEVELS], index);
            index >>= ADDRESS_LEVELS;
            span <<= uint64(ADDRESS_LEVELS);
            if (span > wholeSpan) span = wholeSpan; // the topmost chunk may hold fewer than 128 addresses
            node = CatHash.hashChunk(span, node);
        }
        return node;
    }

    /// @dev Hashes `node` with each sibling in turn; bit `i` of `index` says that the node is the right one at level `i`.
    function _climb(bytes32 node, bytes32[] calldata siblings, uint256 index) private pure returns (bytes32) {
        for (uint256 level = 0; level < siblings.length; ++level) {
            bytes32 sibling = siblings[level];
            node =
                (index >> level) & 1 == 0
                    ? Hashes.efficientKeccak256(node, sibling)
                    : Hashes.efficientKeccak256(sibling, node);
        }
        return node;
    }
}
