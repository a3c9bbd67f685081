// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICatRegistry} from "../ICatRegistry.sol";
import {CatProof} from "../libraries/CatProof.sol";

/// @title The proof library as a contract
/// @notice For tests only: proofs at depths that no registry need grow to.
contract CatProofHarness {
    /// @notice See {CatProof-computeRoot}.
    /// @param row the mapping
    /// @param seq the batch that set the row
    /// @param slot the row's place in its bucket
    /// @param depth the CAT has `2^depth` buckets
    /// @param siblings from the row upwards
    /// @return The root that the proof leads to
    function computeRoot(
        ICatRegistry.Row calldata row,
        uint64 seq,
        uint8 slot,
        uint8 depth,
        bytes32[] calldata siblings
    ) external pure returns (bytes32) {
        return CatProof.computeRoot(row.nixId, row.swarmId, seq, slot, depth, siblings);
    }
}
