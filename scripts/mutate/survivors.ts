/** Why no test can tell these mutants from the contract, by their keys. */
export const survivors: Readonly<Record<string, string>> = {
  "contracts/CatRegistry.sol | if (row.nixId == 0 || row.swarmId == 0 || seq == 0 || seq > _seq) return false; | 12 | row.nixId == 0 || row.swarmId == 0 || seq == 0 => row.nixId == 0 || row.swarmId == 0":
    "A row of seq 0 counts as withdrawn anyway: `_withdrawnThrough[swarmId] >= 0` always holds. The condition is there to be read.",
  "contracts/libraries/CatProof.sol | if (span > wholeSpan) span = wholeSpan; // the topmost chunk may hold fewer than 128 addresses | 21 | > => >=":
    "Where the two are equal, the assignment changes nothing.",
  "contracts/libraries/MemberSignature.sol | if (fault == ECDSA.RecoverError.NoError && recovered == member) return true; | 12 | fault == ECDSA.RecoverError.NoError && recovered == member => recovered == member":
    "With any fault the zero address is recovered, and approvals ascend from above zero: no member is zero.",
  "contracts/libraries/MemberSignature.sol | if (member.code.length == 0 || EIP7702Utils.fetchDelegate(member) != address(0)) return false; | 12 | member.code.length == 0 || EIP7702Utils.fetchDelegate(member) != address(0) => EIP7702Utils.fetchDelegate(member) != address(0)":
    "Without code the call answers nothing. A precompile is asked then: the identity at address 4 repeats selector and digest, which is the magic word only for a digest that begins with 28 zero bytes.",
  "contracts/libraries/MemberSignature.sol | if (member.code.length == 0 || EIP7702Utils.fetchDelegate(member) != address(0)) return false; | 34 | 0 => 1":
    "As above; and a contract whose code is one byte cannot answer the magic word.",
};
