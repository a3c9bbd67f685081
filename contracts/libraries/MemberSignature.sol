// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {EIP7702Utils} from "@openzeppelin/contracts/account/utils/EIP7702Utils.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/**
 * @title Whether a member signed
 * @notice Section "Members and approvals" of {ICatRegistry}. `SignatureChecker.isValidSignatureNow` alone would ask an
 * account's EIP-7702 delegate as soon as there is one: a permissive delegate would let anyone sign for the account, and a
 * delegate without ERC-1271 would lock its key out.
 */
library MemberSignature {
    /// @notice Whether `signature` proves that `member` approved `digest`. Never reverts by itself, whatever the member's
    /// contract answers, and copies at most one word of that answer.
    /// @param member who is said to have signed
    /// @param digest what
    /// @param signature 65 bytes of ECDSA, or what the member's contract wants
    /// @return Whether it holds
    function isValid(address member, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError fault, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (fault == ECDSA.RecoverError.NoError && recovered == member) return true;

        // An account without code would only fail below, but a precompile would be asked.
        if (member.code.length == 0 || EIP7702Utils.fetchDelegate(member) != address(0)) return false;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(member, digest, signature);
    }
}
