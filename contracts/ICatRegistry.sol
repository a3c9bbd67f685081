// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/**
 * @title The registry of a CAT, version 1
 * @notice A CAT (content address translation) maps the hash part of a Nix store path, the `nixId`, to the Swarm address of
 * the path's record, the `swarmId`. The whole CAT is one file on Swarm, and its Swarm address is the Merkle root of every
 * mapping in it. This contract holds that one word, the `root`, approved by a quorum of members; from it anyone can fetch
 * the CAT from Swarm and prove or disprove one mapping, off chain or here with {isApproved}.
 *
 * The contract is immutable: no owner, no proxy, no pause. It cannot see Swarm, and keeps only those rows that somebody
 * recorded. That `root` is what the signed `delta` makes of the parent's root is what members state with their
 * signatures, and what every follower recomputes; the contract checks who said so, and in which order.
 *
 * ## Signed acts
 *
 * An act is a {Batch}, a {Council} or a {Retirement}. It carries `seq`, which must be the current one plus one,
 * and `parent`, which must be the current `head`. It is EIP-712 typed data under the domain
 * `name "CatRegistry", version "1", chainId, verifyingContract` (also answered by ERC-5267's `eip712Domain()`), and its
 * digest becomes the new `head`. The first `head` is the domain separator. So the history is a hash chain that can be
 * recomputed from the events, every signature fits in one place only, and an act voids all that was signed for its place.
 * `deadline` is a Unix time in seconds and is inclusive: an act is accepted while `block.timestamp <= deadline`.
 *
 * ## Members and approvals
 *
 * At most 32 members; `0 < publishThreshold <= councilThreshold <= members`. Approvals are given in strictly ascending
 * order of their member addresses, each member once, and every approval supplied must verify, be it needed or not.
 * Whoever holds the approvals may submit them. An approval is proved
 *
 * 1. by ECDSA: 65 bytes `r ‖ s ‖ v`, low `s`, `v` 27 or 28 (no 64-byte form), recovering the member. This comes first, and
 *    also counts for an account with EIP-7702 delegated code: a delegate must not lock its account's key out;
 * 2. else, only where the member has code that is no EIP-7702 delegation, by ERC-1271: a static call of
 *    `isValidSignature(digest, signature)` that succeeds and whose answer begins with the 32 bytes `0x1626ba7e00…00`. A
 *    delegate is never asked: it must not sign for the account. This is judged when the call runs, so a contract's
 *    approval can lapse: simulate before submitting.
 *
 * ## Withdrawals
 *
 * The guardian (zero: nobody) may withdraw a batch or a build, and do nothing else. Alarms have a counter and a hash chain
 * of their own, so that no alarm voids signatures that are being collected. `alarmHead` starts at the domain separator;
 * alarm number `alarm`, counted from 1, sets it to
 *
 *     keccak256(abi.encode(alarmHead, alarm, kind, subject, through, keccak256(bytes(reason))))
 *
 * with `kind` 1, `subject` the `seq` and `through` 0 for a batch; with `kind` 2 and `subject` the `swarmId` for a build.
 * Withdrawals are never undone. What was withdrawn comes back only when a later batch lists it again.
 *
 * ## Which mapping holds
 *
 * A row is 64 bytes: `nixId (20) ‖ zero (4) ‖ seq (8, big endian) ‖ swarmId (32)`, where `seq` is that of the batch that
 * set the row; later batches keep it. The translation of a `nixId` is its row at the current root, unless that row is a
 * tombstone (zero `swarmId`), or `isBatchWithdrawn(row.seq)`, or `withdrawnThrough(row.swarmId) >= row.seq`. Then there is
 * none: an older row never comes back.
 *
 * ## Proof of a row
 *
 * The CAT has `2^depth` buckets of 4,096 bytes, each up to 64 rows, ascending by `nixId` and then zeros. A row stands in the
 * bucket numbered by the top `depth` bits of its `nixId`, at one of its 64 slots. Swarm hashes it like this:
 *
 *     node = keccak256(row)
 *     six siblings by the bits of slot (0..63), lowest first
 *     node = keccak256(LE64(4096) ‖ node)
 *     b = nixId >> (160 - depth);  span = 4096
 *     ceil(depth / 7) times:
 *         seven siblings by the low bits of b;  b >>= 7
 *         span = min(128 * span, 4096 * 2^depth);  node = keccak256(LE64(span) ‖ node)
 *     node == root
 *
 * where a sibling stands on the left of a node whose bit is 1 and on the right of one whose bit is 0. There are exactly
 * `6 + 7 * ceil(depth / 7)` siblings. The bucket's number comes from `nixId` itself, never from the caller.
 *
 * The first root is the address of one bucket of zeros, at depth 0.
 *
 * ## Recorded mappings
 *
 * A root is one word, whatever the size of the CAT. For those who need a mapping in the contract's storage, {publishRows}
 * keeps the rows that it is given, and {record} keeps any row at the current root, for whoever proves it. What was recorded is
 * not taken back when a later batch replaces the row: {swarmIdOf} is then stale until somebody records again. Whoever decides
 * something by a mapping asks {isApproved}; nobody may rely on {Mapped} for every row.
 *
 * ## Council and retirement
 *
 * A change of the council replaces all of it. It needs `councilThreshold` approvals of the members before the change, and
 * a valid approval of each member that joins, so that a mistyped or undeployed address cannot join: joiners stand in the
 * same ascending array, and count for nothing else. As every act it moves `head`: it voids all that was signed before.
 *
 * A retirement needs `councilThreshold` approvals and ends all signed acts, changes of the council included: the council has
 * nothing left to decide. The guardian as it stands then can still withdraw, mappings can still be recorded, and every
 * question is still answered. A successor is shown to readers, never followed by itself.
 *
 * @dev This file is long because it is the whole specification. Storage is a stable interface, for light clients that read it with `eth_getProof`: see {CatRegistry}.
 */
interface ICatRegistry {
    /// @notice An act that sets rows: `root = apply(parent's root, delta)`.
    /// @param seq number of the act, the current one plus one
    /// @param parent the registry's `head` that the act follows
    /// @param root Swarm address of the resulting CAT; not zero
    /// @param depth the resulting CAT has `2^depth` buckets; not below the current depth, at most 32
    /// @param delta Swarm address of the rows that the batch sets, dense and ascending, each with the batch's `seq`; not zero
    /// @param rows number of the delta's rows; at least 1, at most `64 * 2^depth`, all that the CAT can hold
    /// @param pack Swarm address of the records for bulk reading, zero where the delta has tombstones only; never trusted
    /// @param deadline Unix time in seconds, inclusive, until which the act is accepted
    struct Batch {
        uint64 seq;
        bytes32 parent;
        bytes32 root;
        uint8 depth;
        bytes32 delta;
        uint64 rows;
        bytes32 pack;
        uint64 deadline;
    }

    /// @notice An act that sets members, thresholds, guardian and charter.
    /// @param seq number of the act, the current one plus one; 0 for the founding council
    /// @param parent the registry's `head` that the act follows; zero for the founding council
    /// @param members 1 to 32 addresses, not zero, strictly ascending
    /// @param publishThreshold approvals that a batch needs; at least 1
    /// @param councilThreshold approvals that any other act needs; at least `publishThreshold`, at most all members
    /// @param guardian who may withdraw, zero for nobody
    /// @param charter Swarm address of the member directory: names, sites, Nix keys, owned-chunk keys; zero for none
    /// @param deadline Unix time in seconds, inclusive, until which the act is accepted; zero for the founding council
    struct Council {
        uint64 seq;
        bytes32 parent;
        address[] members;
        uint8 publishThreshold;
        uint8 councilThreshold;
        address guardian;
        bytes32 charter;
        uint64 deadline;
    }

    /// @notice An act that ends all acts.
    /// @param seq number of the act, the current one plus one
    /// @param parent the registry's `head` that the act follows
    /// @param successorChainId chain of the successor, zero where there is none
    /// @param successor address of the successor, zero where there is none; shown to readers, never followed by itself
    /// @param deadline Unix time in seconds, inclusive, until which the act is accepted
    struct Retirement {
        uint64 seq;
        bytes32 parent;
        uint256 successorChainId;
        address successor;
        uint64 deadline;
    }

    /// @notice One mapping; together with the `seq` of the batch that set it, it is a row of the CAT.
    /// @param nixId hash part of the store path, decoded from its 32 nix-base32 characters; never zero
    /// @param swarmId Swarm address of the path's record; zero in a tombstone
    struct Row {
        bytes20 nixId;
        bytes32 swarmId;
    }

    /// @notice A member's signature over an act's digest.
    /// @param member who approves
    /// @param signature 65 bytes of ECDSA, or what the member's ERC-1271 contract wants
    struct Approval {
        address member;
        bytes signature;
    }

    /// @notice A batch became the registry's latest act.
    /// @param seq number of the act
    /// @param digest the act's EIP-712 digest, now the `head`
    /// @param batch the act
    /// @param approvers the members whose approvals were supplied, ascending. A submitter may leave some out: it never
    /// means "all who signed"
    event BatchApproved(uint64 indexed seq, bytes32 indexed digest, Batch batch, address[] approvers);

    /// @notice The council changed, or, with `seq` 0, was founded.
    /// @param seq number of the act
    /// @param digest the act's EIP-712 digest, now the `head`; of the founding council the domain separator
    /// @param council the act
    /// @param approvers the members before the act whose approvals were supplied, ascending, joiners not among them; empty for
    /// the founding council, whose members are proved by their first signatures
    event CouncilChanged(uint64 indexed seq, bytes32 indexed digest, Council council, address[] approvers);

    /// @notice The registry retired: no act follows.
    /// @param seq number of the act
    /// @param digest the act's EIP-712 digest, now the `head`
    /// @param retirement the act
    /// @param approvers the members whose approvals were supplied, ascending
    event Retired(uint64 indexed seq, bytes32 indexed digest, Retirement retirement, address[] approvers);

    /// @notice A mapping was recorded. Most rows are never recorded: nobody may rely on this event to follow the CAT.
    /// @param nixId hash part of the store path
    /// @param seq the batch that set the row
    /// @param swarmId Swarm address of the path's record, zero for a tombstone
    event Mapped(bytes20 indexed nixId, uint64 indexed seq, bytes32 swarmId);

    /// @notice The guardian withdrew a batch: its rows hold no more.
    /// @param alarm number of the alarm, counted from 1
    /// @param seq the batch
    /// @param alarmHead the alarms' hash chain, this one included
    /// @param reason for people
    event BatchWithdrawn(uint64 indexed alarm, uint64 indexed seq, bytes32 alarmHead, string reason);

    /// @notice The guardian withdrew a build: rows that batches up to `through` set to it hold no more.
    /// @param alarm number of the alarm, counted from 1
    /// @param swarmId the build
    /// @param through the last batch that the withdrawal reaches
    /// @param alarmHead the alarms' hash chain, this one included
    /// @param reason for people
    event BuildWithdrawn(
        uint64 indexed alarm,
        bytes32 indexed swarmId,
        uint64 through,
        bytes32 alarmHead,
        string reason
    );

    /// @notice The act is not the next one.
    /// @param seq the act's
    /// @param expected the current one plus one
    error CatRegistryWrongSeq(uint64 seq, uint64 expected);

    /// @notice The act does not follow the current head.
    /// @param parent the act's
    /// @param expected the current head
    error CatRegistryWrongParent(bytes32 parent, bytes32 expected);

    /// @notice The act's deadline is past.
    /// @param deadline the act's
    /// @param timestamp the block's
    error CatRegistryExpired(uint64 deadline, uint256 timestamp);

    /// @notice The batch's root is zero.
    /// @param root the batch's
    error CatRegistryInvalidRoot(bytes32 root);

    /// @notice The batch's depth is below the current one or above the highest.
    /// @param depth the batch's
    /// @param lowest the current depth
    /// @param highest the highest of any CAT
    error CatRegistryInvalidDepth(uint8 depth, uint8 lowest, uint8 highest);

    /// @notice The batch's delta is zero.
    /// @param delta the batch's
    error CatRegistryInvalidDelta(bytes32 delta);

    /// @notice The batch sets no row, or more rows than a CAT of its depth can hold, or more than {publishRows} takes.
    /// @param rows the batch's
    /// @param lowest one
    /// @param highest 64 rows in each bucket, or in the call
    error CatRegistryInvalidRowCount(uint64 rows, uint64 lowest, uint64 highest);

    /// @notice The rows given are not as many as the batch says.
    /// @param rows how many were given
    /// @param expected the batch's
    error CatRegistryWrongRowCount(uint256 rows, uint64 expected);

    /// @notice The rows do not strictly ascend. The zero `nixId` is refused by this too.
    /// @param nixId the later one
    /// @param previous the one before it, zero before the first
    error CatRegistryUnorderedRows(bytes20 nixId, bytes20 previous);

    /// @notice The rows given are not the delta that was signed.
    /// @param delta the batch's
    /// @param expected Swarm address of the rows given
    error CatRegistryDeltaMismatch(bytes32 delta, bytes32 expected);

    /// @notice The zero `nixId` is no store path's.
    /// @param nixId the one given
    error CatRegistryInvalidNixId(bytes20 nixId);

    /// @notice The proof does not lead from the row to the current root.
    /// @param root where it leads; zero where slot or number of siblings is impossible
    /// @param expected the current root
    error CatRegistryInvalidProof(bytes32 root, bytes32 expected);

    /// @notice A row that a later batch set was recorded before.
    /// @param nixId whose
    /// @param seq the row's
    /// @param recorded the recorded row's
    error CatRegistryOlderMapping(bytes20 nixId, uint64 seq, uint64 recorded);

    /// @notice The registry has retired.
    /// @param successorChainId chain of the successor, zero where there is none
    /// @param successor address of the successor, zero where there is none
    error CatRegistryRetired(uint256 successorChainId, address successor);

    /// @notice The council has no member or too many.
    /// @param members how many there are
    /// @param lowest one
    /// @param highest how many there may be
    error CatRegistryInvalidCouncilSize(uint256 members, uint256 lowest, uint256 highest);

    /// @notice The thresholds are not `0 < publishThreshold <= councilThreshold <= members`.
    /// @param publishThreshold the council's
    /// @param councilThreshold the council's
    /// @param members how many there are
    error CatRegistryInvalidThresholds(uint8 publishThreshold, uint8 councilThreshold, uint256 members);

    /// @notice A council's members, or the approvals, do not strictly ascend. The zero address is refused by this too.
    /// @param member the later one
    /// @param previous the one before it, zero before the first
    error CatRegistryUnordered(address member, address previous);

    /// @notice An approval is by someone who is not a member, and does not become one by this act.
    /// @param member who is none
    error CatRegistryNotMember(address member);

    /// @notice The act adds a member whose approval is not among those supplied.
    /// @param member who would join
    error CatRegistryMemberNotProven(address member);

    /// @notice An approval does not prove that `member` approved the act with this digest.
    /// @param member whose approval it should be
    /// @param digest the act's
    error CatRegistryInvalidSignature(address member, bytes32 digest);

    /// @notice The act has fewer approvals than it needs.
    /// @param approvals how many there are, those of joiners not counted once it is known who they are
    /// @param threshold how many it needs
    error CatRegistryBelowThreshold(uint256 approvals, uint256 threshold);

    /// @notice Only the guardian withdraws.
    /// @param caller who called
    /// @param guardian who may, zero for nobody
    error CatRegistryNotGuardian(address caller, address guardian);

    /// @notice The reason is longer, in bytes, than allowed.
    /// @param length bytes of the reason
    /// @param highest bytes allowed
    error CatRegistryReasonTooLong(uint256 length, uint256 highest);

    /// @notice There is no act of that number.
    /// @param seq the number asked for
    /// @param lowest one
    /// @param highest the current number
    error CatRegistryUnknownBatch(uint64 seq, uint64 lowest, uint64 highest);

    /// @notice The batch was withdrawn before.
    /// @param seq the batch
    error CatRegistryBatchAlreadyWithdrawn(uint64 seq);

    /// @notice The build was withdrawn before, as far as it would be now.
    /// @param swarmId the build
    /// @param through the last batch that both withdrawals reach
    error CatRegistryBuildAlreadyWithdrawn(bytes32 swarmId, uint64 through);

    /// @notice The zero `swarmId` is a tombstone's, not a build's.
    /// @param swarmId the one given
    error CatRegistryInvalidBuild(bytes32 swarmId);

    /// @notice Makes a batch the latest act. Emits {BatchApproved}. Anyone may call it.
    /// @param batch the act; all bounds are with {Batch}
    /// @param approvals at least `publishThreshold`, strictly ascending by member, each valid
    /// @dev Reverts, checked in this order, with {CatRegistryRetired}, {CatRegistryWrongSeq}, {CatRegistryWrongParent},
    /// {CatRegistryExpired}, {CatRegistryInvalidRoot}, {CatRegistryInvalidDepth}, {CatRegistryInvalidDelta},
    /// {CatRegistryInvalidRowCount}, {CatRegistryBelowThreshold}, and for each approval {CatRegistryUnordered},
    /// {CatRegistryNotMember}, {CatRegistryInvalidSignature}.
    function publish(Batch calldata batch, Approval[] calldata approvals) external;

    /// @notice Makes a small batch the latest act, and records its mappings, tombstones with a zero `swarmId`. Emits
    /// {BatchApproved}, then {Mapped} for each row. Anyone may call it. The digest is that of {publish}: whoever holds the
    /// approvals may submit them there instead, and each row can then be recorded by {record}.
    /// @param batch the act, of at most 64 rows; all other bounds are with {Batch}
    /// @param rows the delta's rows: as many as `batch.rows`, strictly ascending. Each with the batch's `seq`, they are hashed
    /// as one Swarm chunk of span `64 * rows`, padded with zeros, which has to be `batch.delta`
    /// @param approvals at least `publishThreshold`, strictly ascending by member, each valid
    /// @dev Reverts as {publish}, and after {CatRegistryInvalidRowCount}, of which more than 64 rows are a case too, with
    /// {CatRegistryWrongRowCount}, {CatRegistryUnorderedRows}, {CatRegistryDeltaMismatch}.
    function publishRows(Batch calldata batch, Row[] calldata rows, Approval[] calldata approvals) external;

    /// @notice Replaces the council. Emits {CouncilChanged}. Anyone may call it.
    /// @param council the act; all bounds are with {Council}
    /// @param approvals at least `councilThreshold`, by the council before the act, of members before the act, and one of
    /// each member that joins, which is not counted; strictly ascending by member, each valid
    /// @dev Reverts, checked in this order, with {CatRegistryRetired}, {CatRegistryWrongSeq}, {CatRegistryWrongParent},
    /// {CatRegistryExpired}, {CatRegistryInvalidCouncilSize}, {CatRegistryInvalidThresholds}, {CatRegistryUnordered} of its
    /// members, {CatRegistryBelowThreshold} where all approvals together are too few, for each approval
    /// {CatRegistryUnordered}, {CatRegistryNotMember}, {CatRegistryMemberNotProven} of a joiner before it,
    /// {CatRegistryInvalidSignature}, and at last with {CatRegistryMemberNotProven} of any other joiner, and
    /// {CatRegistryBelowThreshold} where those of the members are too few.
    function changeCouncil(Council calldata council, Approval[] calldata approvals) external;

    /// @notice Ends all acts: see "Council and retirement". Emits {Retired}. Anyone may call it.
    /// @param retirement the act; its successor is not checked
    /// @param approvals at least `councilThreshold`, strictly ascending by member, each valid
    /// @dev Reverts, checked in this order, with {CatRegistryRetired}, {CatRegistryWrongSeq}, {CatRegistryWrongParent},
    /// {CatRegistryExpired}, {CatRegistryBelowThreshold}, and for each approval {CatRegistryUnordered},
    /// {CatRegistryNotMember}, {CatRegistryInvalidSignature}.
    function retire(Retirement calldata retirement, Approval[] calldata approvals) external;

    /// @notice Records a row that is at the current root, a tombstone or a withdrawn one included. Emits {Mapped}, or does
    /// nothing where a row of the same `seq` is recorded. Anyone may call it, also after retirement.
    /// @param row the mapping
    /// @param seq the batch that set the row
    /// @param slot the row's place in its bucket, 0 to 63
    /// @param siblings `6 + 7 * ceil(depth / 7)` nodes, from the row upwards
    /// @dev Reverts, checked in this order, with {CatRegistryUnknownBatch}, {CatRegistryInvalidNixId},
    /// {CatRegistryInvalidProof}, {CatRegistryOlderMapping}.
    function record(Row calldata row, uint64 seq, uint8 slot, bytes32[] calldata siblings) external;

    /// @notice Withdraws every row that batch `seq` set and no later batch has set again. Emits {BatchWithdrawn}.
    /// @param seq the batch; the number of a council act is accepted too and means nothing, as no row carries it
    /// @param reason for people, at most 1,024 bytes
    /// @dev Guardian only. Reverts with {CatRegistryNotGuardian}, {CatRegistryReasonTooLong}, {CatRegistryUnknownBatch},
    /// {CatRegistryBatchAlreadyWithdrawn}.
    function withdrawBatch(uint64 seq, string calldata reason) external;

    /// @notice Withdraws every row that leads to `swarmId` and was set by a batch up to the next act's number, so that a
    /// batch which is signed but not yet submitted does not bring the build back. Emits {BuildWithdrawn}. A batch after
    /// that one lists the build again, on purpose.
    /// @param swarmId the build; not zero
    /// @param reason for people, at most 1,024 bytes
    /// @dev Guardian only. Reverts with {CatRegistryNotGuardian}, {CatRegistryReasonTooLong}, {CatRegistryInvalidBuild},
    /// {CatRegistryBuildAlreadyWithdrawn} where no act came between and so nothing would change.
    function withdrawBuild(bytes32 swarmId, string calldata reason) external;

    /// @notice The last *recorded* mapping of a path. IT GOES STALE: a later {publish} that replaces the row, or sets a
    /// tombstone, does not show here before somebody records it. Callers that decide something use {isApproved}.
    /// @param nixId hash part of the store path
    /// @return swarmId Swarm address of the path's record; zero where nothing was recorded, where a tombstone was, and where
    /// the recorded row was withdrawn since
    /// @return seq the batch that set the recorded row, also where `swarmId` is zero; zero where nothing was recorded
    function swarmIdOf(bytes20 nixId) external view returns (bytes32 swarmId, uint64 seq);

    /// @notice Whether the row is at the current root and holds: see "Which mapping holds" and "Proof of a row".
    /// @param row the mapping
    /// @param seq the batch that set the row
    /// @param slot the row's place in its bucket, 0 to 63
    /// @param siblings `6 + 7 * ceil(depth / 7)` nodes, from the row upwards
    /// @return Whether it is proved and holds. Anything malformed is false and does not revert: a wrong number of
    /// siblings, a slot above 63, a `seq` that no act has, a zero `nixId`, a tombstone, a row that was withdrawn
    function isApproved(
        Row calldata row,
        uint64 seq,
        uint8 slot,
        bytes32[] calldata siblings
    ) external view returns (bool);

    /// @notice Where the registry stands.
    /// @return head digest of the latest act, at first the domain separator: the next act's `parent`
    /// @return root Swarm address of the CAT
    /// @return seq number of the latest act, at first 0
    /// @return time Unix time in seconds of the latest act's block, at first of the deployment's
    /// @return depth the CAT has `2^depth` buckets
    function state() external view returns (bytes32 head, bytes32 root, uint64 seq, uint64 time, uint8 depth);

    /// @notice Where the alarms stand.
    /// @return alarmHead the alarms' hash chain, at first the domain separator
    /// @return alarms how many there were
    function alarmState() external view returns (bytes32 alarmHead, uint64 alarms);

    /// @notice Whether a batch was withdrawn.
    /// @param seq the batch; reverts with {CatRegistryUnknownBatch} for 0 and above the current number, so that "not
    /// withdrawn" is never said of what does not exist
    /// @return Whether it was
    function isBatchWithdrawn(uint64 seq) external view returns (bool);

    /// @notice The last batch that the withdrawal of a build reaches.
    /// @param swarmId the build
    /// @return seq zero where the build was never withdrawn; may be the current number plus one
    function withdrawnThrough(bytes32 swarmId) external view returns (uint64 seq);

    /// @notice Whether the registry retired, and where to.
    /// @return retired whether it did
    /// @return successorChainId chain of the successor, zero where there is none
    /// @return successor address of the successor, zero where there is none
    function retirement() external view returns (bool retired, uint256 successorChainId, address successor);

    /// @notice Who decides. See {Council} for the bounds of each.
    /// @return members strictly ascending
    /// @return publishThreshold approvals that a batch needs
    /// @return councilThreshold approvals that any other act needs
    /// @return guardian who may withdraw, zero for nobody
    /// @return charter Swarm address of the member directory
    function council()
        external
        view
        returns (
            address[] memory members,
            uint8 publishThreshold,
            uint8 councilThreshold,
            address guardian,
            bytes32 charter
        );

    /// @notice The EIP-712 digest that members sign for a batch.
    /// @param batch the act, of which nothing is checked
    /// @return The digest, in this registry's domain
    function batchDigest(Batch calldata batch) external view returns (bytes32);

    /// @notice The EIP-712 digest that members sign for a change of the council.
    /// @param council the act, of which nothing is checked
    /// @return The digest, in this registry's domain
    function councilDigest(Council calldata council) external view returns (bytes32);

    /// @notice The EIP-712 digest that members sign for a retirement.
    /// @param retirement the act, of which nothing is checked
    /// @return The digest, in this registry's domain
    function retirementDigest(Retirement calldata retirement) external view returns (bytes32);
}
