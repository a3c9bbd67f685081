// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ICatRegistry} from "./ICatRegistry.sol";
import {CatDelta} from "./libraries/CatDelta.sol";
import {CatHash} from "./libraries/CatHash.sol";
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
 *           152..159  retired, 0 or 1
 *     5     0..255    alarmHead
 *     6     0..63     alarms
 *           64..223   guardian
 *     7     0..255    charter
 *     8               members: the length; member i at keccak256(8) + i
 *     9               mapping(address member => bool)
 *     10              mapping(uint64 seq => bool withdrawn)
 *     11              mapping(bytes32 swarmId => uint64 withdrawn through)
 *     12              mapping(bytes20 nixId => recorded row) of two slots: swarmId; then seq in bits 0..63
 *     13    0..255    successorChainId
 *     14    0..159    successor
 *
 * A value of a mapping in slot `p` is at `keccak256(abi.encode(key, p))`, as Solidity has it: a `bytes20` key is padded
 * with zeros behind it, an address or number before it.
 */
contract CatRegistry is ICatRegistry, EIP712 {
    /// @dev The part of a recorded row that is not its key.
    struct Mapping {
        bytes32 swarmId;
        uint64 seq;
    }

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
    bool private _retired;

    bytes32 private _alarmHead;

    // One slot: what every alarm reads and writes together.
    uint64 private _alarms;
    address private _guardian;

    bytes32 private _charter;
    address[] private _members;
    mapping(address member => bool) private _isMember;
    mapping(uint64 seq => bool) private _batchWithdrawn;
    mapping(bytes32 swarmId => uint64 seq) private _withdrawnThrough;
    mapping(bytes20 nixId => Mapping) private _mappings;
    uint256 private _successorChainId;
    address private _successor;

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
        _checkCouncil(founding);
        _setCouncil(founding);
        emit CouncilChanged(0, domainSeparator, founding, new address[](0));
    }

    /// @inheritdoc ICatRegistry
    function publish(Batch calldata batch, Approval[] calldata approvals) external {
        _checkPlace(batch.seq, batch.parent, batch.deadline);
        _checkBatch(batch);
        _publish(batch, approvals);
    }

    /// @inheritdoc ICatRegistry
    function publishRows(Batch calldata batch, Row[] calldata rows, Approval[] calldata approvals) external {
        _checkPlace(batch.seq, batch.parent, batch.deadline);
        _checkBatch(batch);
        _checkRows(batch, rows);
        _publish(batch, approvals);
        for (uint256 i = 0; i < rows.length; ++i) _setMapping(rows[i], batch.seq);
    }

    /// @inheritdoc ICatRegistry
    function changeCouncil(Council calldata council_, Approval[] calldata approvals) external {
        _checkPlace(council_.seq, council_.parent, council_.deadline);
        _checkCouncil(council_);
        bytes32 digest = _hashCouncil(council_);
        address[] memory joiners = _findJoiners(council_.members);
        address[] memory approvers = _checkApprovals(digest, approvals, _councilThreshold, joiners);

        _advance(council_.seq, digest);
        _clearMembership();
        _setCouncil(council_);
        emit CouncilChanged(council_.seq, digest, council_, approvers);
    }

    /// @inheritdoc ICatRegistry
    function retire(Retirement calldata retirement_, Approval[] calldata approvals) external {
        _checkPlace(retirement_.seq, retirement_.parent, retirement_.deadline);
        bytes32 digest = _hashRetirement(retirement_);
        address[] memory approvers = _checkApprovals(digest, approvals, _councilThreshold, new address[](0));

        _advance(retirement_.seq, digest);
        _retired = true;
        _successorChainId = retirement_.successorChainId;
        _successor = retirement_.successor;
        emit Retired(retirement_.seq, digest, retirement_, approvers);
    }

    /// @inheritdoc ICatRegistry
    function record(Row calldata row, uint64 seq, uint8 slot, bytes32[] calldata siblings) external {
        _checkSeq(seq);
        if (row.nixId == 0) revert CatRegistryInvalidNixId(row.nixId);
        bytes32 root = CatProof.computeRoot(row.nixId, row.swarmId, seq, slot, _depth, siblings);
        // The root is never zero, which is what a malformed proof leads to.
        if (root != _root) revert CatRegistryInvalidProof(root, _root);
        // A row's seq falls only where a quorum signed a root that is not what its delta makes.
        uint64 recorded = _mappings[row.nixId].seq;
        if (seq < recorded) revert CatRegistryOlderMapping(row.nixId, seq, recorded);

        if (seq > recorded) _setMapping(row, seq);
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
    function swarmIdOf(bytes20 nixId) external view returns (bytes32 swarmId, uint64 seq) {
        (swarmId, seq) = (_mappings[nixId].swarmId, _mappings[nixId].seq);
        if (_isWithdrawn(swarmId, seq)) swarmId = 0;
    }

    /// @inheritdoc ICatRegistry
    function isApproved(
        Row calldata row,
        uint64 seq,
        uint8 slot,
        bytes32[] calldata siblings
    ) external view returns (bool) {
        if (row.nixId == 0 || row.swarmId == 0 || seq == 0 || seq > _seq) return false;
        if (_isWithdrawn(row.swarmId, seq)) return false;
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
    function retirement() external view returns (bool retired, uint256 successorChainId, address successor) {
        return (_retired, _successorChainId, _successor);
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
        return _hashCouncil(council_);
    }

    /// @inheritdoc ICatRegistry
    function retirementDigest(Retirement calldata retirement_) external view returns (bytes32) {
        return _hashRetirement(retirement_);
    }

    /// @inheritdoc ICatRegistry
    function isBatchWithdrawn(uint64 seq) public view returns (bool) {
        _checkSeq(seq);
        return _batchWithdrawn[seq];
    }

    /// @dev Makes a batch, whose content is checked, the latest act.
    function _publish(Batch calldata batch, Approval[] calldata approvals) private {
        bytes32 digest = _hashBatch(batch);
        address[] memory approvers = _checkApprovals(digest, approvals, _publishThreshold, new address[](0));

        _advance(batch.seq, digest);
        _depth = batch.depth; // at once with what else is in its slot
        _root = batch.root;
        emit BatchApproved(batch.seq, digest, batch, approvers);
    }

    /// @dev What every act changes.
    function _advance(uint64 seq, bytes32 digest) private {
        _head = digest;
        _seq = seq;
        _time = uint64(block.timestamp);
    }

    /// @dev Records a row.
    function _setMapping(Row calldata row, uint64 seq) private {
        _mappings[row.nixId] = Mapping({swarmId: row.swarmId, seq: seq});
        emit Mapped(row.nixId, seq, row.swarmId);
    }

    /// @dev Nobody is a member then, until {_setCouncil}.
    function _clearMembership() private {
        uint256 size = _members.length;
        for (uint256 i = 0; i < size; ++i) _isMember[_members[i]] = false;
    }

    /// @dev Stores a council that was checked. The membership of the former one, if any, must have been cleared.
    function _setCouncil(Council memory next) private {
        for (uint256 i = 0; i < next.members.length; ++i) _isMember[next.members[i]] = true;
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
        if (_retired) revert CatRegistryRetired(_successorChainId, _successor);
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

    /// @dev The rows must be the delta that was signed.
    function _checkRows(Batch calldata batch, Row[] calldata rows) private pure {
        if (batch.rows > CatDelta.MAX_ROWS) revert CatRegistryInvalidRowCount(batch.rows, 1, CatDelta.MAX_ROWS);
        if (rows.length != batch.rows) revert CatRegistryWrongRowCount(rows.length, batch.rows);
        bytes32[] memory nodes = new bytes32[](rows.length);
        bytes20 previous = 0;
        for (uint256 i = 0; i < rows.length; ++i) {
            Row calldata row = rows[i];
            if (row.nixId <= previous) revert CatRegistryUnorderedRows(row.nixId, previous);
            nodes[i] = CatHash.hashRow(row.nixId, batch.seq, row.swarmId);
            previous = row.nixId;
        }
        bytes32 delta = CatDelta.computeAddress(nodes);
        if (delta != batch.delta) revert CatRegistryDeltaMismatch(batch.delta, delta);
    }

    /// @dev What can be seen of a council without its members' signatures.
    function _checkCouncil(Council memory next) private pure {
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
            previous = member;
        }
    }

    /// @dev Those among the next members who are not members yet, ascending as they are.
    function _findJoiners(address[] calldata members) private view returns (address[] memory) {
        address[] memory joiners = new address[](members.length);
        uint256 count = 0;
        for (uint256 i = 0; i < members.length; ++i) {
            if (_isMember[members[i]]) continue;
            joiners[count] = members[i];
            ++count;
        }
        return Arrays.splice(joiners, 0, count);
    }

    /// @dev Every approval must verify and be a current member's or a joiner's, with none of the joiners missing and enough of
    /// the members; returns those members. Joiners ascend strictly, as approvals do, and are no members.
    function _checkApprovals(
        bytes32 digest,
        Approval[] calldata approvals,
        uint256 threshold,
        address[] memory joiners
    ) private view returns (address[] memory) {
        if (approvals.length < threshold) revert CatRegistryBelowThreshold(approvals.length, threshold);
        // Members are distinct and few, so an array that is too long ends at its first stranger or disorder.
        address[] memory approvers = new address[](approvals.length);
        uint256 count = 0;
        uint256 joined = 0;
        address previous = address(0);
        for (uint256 i = 0; i < approvals.length; ++i) {
            Approval calldata approval = approvals[i];
            address member = approval.member;
            if (member <= previous) revert CatRegistryUnordered(member, previous);
            if (_isMember[member]) {
                approvers[count] = member;
                ++count;
            } else {
                if (joined == joiners.length || member < joiners[joined]) revert CatRegistryNotMember(member);
                if (member > joiners[joined]) revert CatRegistryMemberNotProven(joiners[joined]);
                ++joined;
            }
            if (!MemberSignature.isValid(member, digest, approval.signature)) {
                revert CatRegistryInvalidSignature(member, digest);
            }
            previous = member;
        }
        if (joined < joiners.length) revert CatRegistryMemberNotProven(joiners[joined]);
        if (count < threshold) revert CatRegistryBelowThreshold(count, threshold);
        return Arrays.splice(approvers, 0, count);
    }

    /// @dev There must be an act of that number.
    function _checkSeq(uint64 seq) private view {
        uint64 current = _seq;
        if (seq == 0 || seq > current) revert CatRegistryUnknownBatch(seq, 1, current);
    }

    /// @dev Whether the guardian withdrew what a row leads to: section "Which mapping holds". For a tombstone, only its batch
    /// can be withdrawn; where nothing was recorded, with `seq` 0, nothing changes by what this answers.
    function _isWithdrawn(bytes32 swarmId, uint64 seq) private view returns (bool) {
        return _batchWithdrawn[seq] || _withdrawnThrough[swarmId] >= seq;
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

    /// @dev EIP-712: an array is the hash of its members, each padded to 32 bytes, as `encodePacked` does with arrays.
    function _hashCouncil(Council calldata council_) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        COUNCIL_TYPEHASH,
                        council_.seq,
                        council_.parent,
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

    /// @dev As {_hashBatch}.
    function _hashRetirement(Retirement calldata retirement_) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RETIREMENT_TYPEHASH, retirement_)));
    }
}
