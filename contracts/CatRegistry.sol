// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICatRegistry} from "./ICatRegistry.sol";
import {CatProof} from "./libraries/CatProof.sol";
import {MemberSignature} from "./libraries/MemberSignature.sol";

/**
 * @title The registry of a CAT
 * @notice {ICatRegistry} is the specification.
 * @dev Storage is a stable interface for light clients (`eth_getProof`), tested slot by slot; new state only ever goes
 * after it or into the free bits of a slot.
 *
 *     slot  bits      content
 *     0, 1            unused (OpenZeppelin's EIP712)
 *     2     0..255    head
 *     3     0..255    root
 *     4     0..63     seq
 *           64..127   time
 *           128..135  depth
 *           136..143  publishThreshold
 *           144..151  councilThreshold
 *     5     0..255    alarmHead
 *     6     0..63     alarms
 *           64..223   guardian
 *     7     0..255    charter
 *     8               members: the length; member i at keccak256(8) + i
 *     9               mapping(address member => bool)
 *     10              mapping(uint64 seq => bool withdrawn)
 *     11              mapping(bytes32 swarmId => uint64 withdrawn through)
 */
contract CatRegistry is ICatRegistry, EIP712 {
    bytes32 private constant BATCH_TYPEHASH = keccak256(
        "Batch(uint64 seq,bytes32 parent,bytes32 root,uint8 depth,bytes32 delta,uint64 rows,bytes32 pack,uint64 deadline)"
    );
    bytes32 private constant COUNCIL_TYPEHASH = keccak256(
        "Council(uint64 seq,bytes32 parent,address[] members,uint8 publishThreshold,uint8 councilThreshold,address guardian,bytes32 charter,uint64 deadline)"
    );
    bytes32 private constant RETIREMENT_TYPEHASH = keccak256(
        "Retirement(uint64 seq,bytes32 parent,uint256 successorChainId,address successor,uint64 deadline)"
    );

    /// @dev The Swarm address of 4,096 zero bytes: a CAT of depth 0 without rows.
    bytes32 private constant FIRST_ROOT = 0x09ae927d0f3aaa37324df178928d3826820f3dd3388ce4aaebfc3af410bde23a;

    uint64 private constant ROWS_PER_BUCKET = 64;
    uint256 private constant MAX_MEMBERS = 32;
    uint256 private constant MAX_REASON_LENGTH = 1024;
    uint8 private constant ALARM_KIND_BATCH = 1;
    uint8 private constant ALARM_KIND_BUILD = 2;

    bytes32 private _head;
    bytes32 private _root;

    // One slot: what every publish reads and writes together.
    uint64 private _seq;
    uint64 private _time;
    uint8 private _depth;
    uint8 private _publishThreshold;
    uint8 private _councilThreshold;

    bytes32 private _alarmHead;

    // One slot: what every alarm reads and writes together.
    uint64 private _alarms;
    address private _guardian;

    bytes32 private _charter;
    address[] private _members;
    mapping(address member => bool) private _isMember;
    mapping(uint64 seq => bool) private _batchWithdrawn;
    mapping(bytes32 swarmId => uint64 seq) private _withdrawnThrough;

    /// @notice Founds the registry with an empty CAT. Emits {CouncilChanged} with `seq` 0.
    /// @param members 1 to 32 addresses, not zero, strictly ascending
    /// @param publishThreshold approvals that a batch needs; at least 1
    /// @param councilThreshold approvals that any other act needs; at least `publishThreshold`, at most all members
    /// @param guardian who may withdraw, zero for nobody
    /// @param charter Swarm address of the member directory, zero for none
    /// @dev Reverts with {CatRegistryInvalidCouncilSize}, {CatRegistryInvalidThresholds}, {CatRegistryUnordered}.
    constructor(
        address[] memory members,
        uint8 publishThreshold,
        uint8 councilThreshold,
        address guardian,
        bytes32 charter
    ) EIP712("CatRegistry", "1") {
        bytes32 domainSeparator = _domainSeparatorV4();
        _head = domainSeparator;
        _alarmHead = domainSeparator;
        _root = FIRST_ROOT;
        _time = uint64(block.timestamp);
        Council memory founding = Council({
            seq: 0,
            parent: 0,
            members: members,
            publishThreshold: publishThreshold,
            councilThreshold: councilThreshold,
            guardian: guardian,
            charter: charter,
            deadline: 0
        });
        _setCouncil(founding);
        emit CouncilChanged(0, domainSeparator, founding, new address[](0));
    }

    /// @inheritdoc ICatRegistry
    function publish(Batch calldata batch, Approval[] calldata approvals) external {
        _checkPlace(batch.seq, batch.parent, batch.deadline);
        _checkBatch(batch);
        bytes32 digest = _hashBatch(batch);
        address[] memory approvers = _checkApprovals(digest, approvals, _publishThreshold);

        _head = digest;
        _root = batch.root;
        _seq = batch.seq;
        _time = uint64(block.timestamp);
        _depth = batch.depth;
        emit BatchApproved(batch.seq, digest, batch, approvers);
    }

    /// @inheritdoc ICatRegistry
    function withdrawBatch(uint64 seq, string calldata reason) external {
        _checkAlarm(reason);
        if (isBatchWithdrawn(seq)) revert CatRegistryBatchAlreadyWithdrawn(seq);

        _batchWithdrawn[seq] = true;
        (uint64 alarm, bytes32 alarmHead) = _raiseAlarm(ALARM_KIND_BATCH, bytes32(uint256(seq)), 0, reason);
        emit BatchWithdrawn(alarm, seq, alarmHead, reason);
    }

    /// @inheritdoc ICatRegistry
    function withdrawBuild(bytes32 swarmId, string calldata reason) external {
        _checkAlarm(reason);
        if (swarmId == 0) revert CatRegistryInvalidBuild(swarmId);
        uint64 through = _seq + 1;
        if (_withdrawnThrough[swarmId] >= through) revert CatRegistryBuildAlreadyWithdrawn(swarmId, through);

        _withdrawnThrough[swarmId] = through;
        (uint64 alarm, bytes32 alarmHead) = _raiseAlarm(ALARM_KIND_BUILD, swarmId, through, reason);
        emit BuildWithdrawn(alarm, swarmId, through, alarmHead, reason);
    }

    /// @inheritdoc ICatRegistry
    function isApproved(
        Row calldata row,
        uint64 seq,
        uint8 slot,
        bytes32[] calldata siblings
    ) external view returns (bool) {
        if (row.nixId == 0 || row.swarmId == 0 || seq == 0 || seq > _seq) return false;
        if (_batchWithdrawn[seq] || _withdrawnThrough[row.swarmId] >= seq) return false;
        // The root is never zero, which is what a malformed proof leads to.
        return CatProof.computeRoot(row.nixId, row.swarmId, seq, slot, _depth, siblings) == _root;
    }

    /// @inheritdoc ICatRegistry
    function state() external view returns (bytes32 head, bytes32 root, uint64 seq, uint64 time, uint8 depth) {
        return (_head, _root, _seq, _time, _depth);
    }

    /// @inheritdoc ICatRegistry
    function alarmState() external view returns (bytes32 alarmHead, uint64 alarms) {
        return (_alarmHead, _alarms);
    }

    /// @inheritdoc ICatRegistry
    function withdrawnThrough(bytes32 swarmId) external view returns (uint64 seq) {
        return _withdrawnThrough[swarmId];
    }

    /// @inheritdoc ICatRegistry
    function council()
        external
        view
        returns (
            address[] memory members,
            uint8 publishThreshold,
            uint8 councilThreshold,
            address guardian,
            bytes32 charter
        )
    {
        return (_members, _publishThreshold, _councilThreshold, _guardian, _charter);
    }

    /// @inheritdoc ICatRegistry
    function batchDigest(Batch calldata batch) external view returns (bytes32) {
        return _hashBatch(batch);
    }

    /// @inheritdoc ICatRegistry
    function councilDigest(Council calldata council_) external view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        COUNCIL_TYPEHASH,
                        council_.seq,
                        council_.parent,
                        // EIP-712: the concatenation of the members, each padded to 32 bytes, as encodePacked does with arrays.
                        keccak256(abi.encodePacked(council_.members)),
                        council_.publishThreshold,
                        council_.councilThreshold,
                        council_.guardian,
                        council_.charter,
                        council_.deadline
                    )
                )
            );
    }

    /// @inheritdoc ICatRegistry
    function retirementDigest(Retirement calldata retirement) external view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RETIREMENT_TYPEHASH, retirement)));
    }

    /// @inheritdoc ICatRegistry
    function isBatchWithdrawn(uint64 seq) public view returns (bool) {
        uint64 current = _seq;
        if (seq == 0 || seq > current) revert CatRegistryUnknownBatch(seq, 1, current);
        return _batchWithdrawn[seq];
    }

    /// @dev Checks and stores a council. The former one, if any, must have been cleared.
    function _setCouncil(Council memory next) private {
        uint256 size = next.members.length;
        if (size == 0 || size > MAX_MEMBERS) revert CatRegistryInvalidCouncilSize(size, 1, MAX_MEMBERS);
        if (
            next.publishThreshold == 0 || next.publishThreshold > next.councilThreshold || next.councilThreshold > size
        ) {
            revert CatRegistryInvalidThresholds(next.publishThreshold, next.councilThreshold, size);
        }
        address previous = address(0);
        for (uint256 i = 0; i < size; ++i) {
            address member = next.members[i];
            if (member <= previous) revert CatRegistryUnordered(member, previous);
            _isMember[member] = true;
            previous = member;
        }
        _members = next.members;
        _publishThreshold = next.publishThreshold;
        _councilThreshold = next.councilThreshold;
        _guardian = next.guardian;
        _charter = next.charter;
    }

    /// @dev Extends the alarms' hash chain; returns the alarm's number and the new head.
    function _raiseAlarm(
        uint8 kind,
        bytes32 subject,
        uint64 through,
        string calldata reason
    ) private returns (uint64 alarm, bytes32 alarmHead) {
        alarm = ++_alarms;
        alarmHead = keccak256(abi.encode(_alarmHead, alarm, kind, subject, through, keccak256(bytes(reason))));
        _alarmHead = alarmHead;
    }

    /// @dev Every act fits in one place of the history, and not for ever.
    function _checkPlace(uint64 seq, bytes32 parent, uint64 deadline) private view {
        uint64 expectedSeq = _seq + 1;
        if (seq != expectedSeq) revert CatRegistryWrongSeq(seq, expectedSeq);
        bytes32 head = _head;
        if (parent != head) revert CatRegistryWrongParent(parent, head);
        if (block.timestamp > deadline) revert CatRegistryExpired(deadline, block.timestamp);
    }

    /// @dev What can be seen of a batch without the CAT.
    function _checkBatch(Batch calldata batch) private view {
        if (batch.root == 0) revert CatRegistryInvalidRoot(batch.root);
        uint8 lowest = _depth;
        if (batch.depth < lowest || batch.depth > CatProof.MAX_DEPTH) {
            revert CatRegistryInvalidDepth(batch.depth, lowest, CatProof.MAX_DEPTH);
        }
        if (batch.delta == 0) revert CatRegistryInvalidDelta(batch.delta);
        uint64 highest = ROWS_PER_BUCKET << batch.depth;
        if (batch.rows == 0 || batch.rows > highest) revert CatRegistryInvalidRowCount(batch.rows, 1, highest);
    }

    /// @dev Every approval must verify and be a current member's; returns who they are.
    function _checkApprovals(
        bytes32 digest,
        Approval[] calldata approvals,
        uint256 threshold
    ) private view returns (address[] memory approvers) {
        uint256 count = approvals.length;
        if (count < threshold) revert CatRegistryBelowThreshold(count, threshold);
        // Members are distinct and few, so an array that is too long ends at its first stranger or disorder.
        approvers = new address[](count);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            Approval calldata approval = approvals[i];
            address member = approval.member;
            if (member <= previous) revert CatRegistryUnordered(member, previous);
            if (!_isMember[member]) revert CatRegistryNotMember(member);
            if (!MemberSignature.isValid(member, digest, approval.signature)) {
                revert CatRegistryInvalidSignature(member, digest);
            }
            approvers[i] = member;
            previous = member;
        }
    }

    /// @dev Only the guardian raises an alarm. The zero guardian is nobody, also in a simulated call, whose sender is zero
    /// where none is given.
    function _checkAlarm(string calldata reason) private view {
        address guardian = _guardian;
        if (msg.sender != guardian || guardian == address(0)) revert CatRegistryNotGuardian(msg.sender, guardian);
        uint256 length = bytes(reason).length;
        if (length > MAX_REASON_LENGTH) revert CatRegistryReasonTooLong(length, MAX_REASON_LENGTH);
    }

    /// @dev The struct has static fields only, so its ABI encoding behind the type hash is EIP-712's `encodeData`.
    function _hashBatch(Batch calldata batch) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(BATCH_TYPEHASH, batch)));
    }
}
