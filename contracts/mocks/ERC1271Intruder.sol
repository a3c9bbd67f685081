// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title A contract member that calls somebody while it is asked
/// @notice For tests only: what a member may do to a registry in the middle of an act.
contract ERC1271Intruder {
    uint256 private constant _ENOUGH = 1_000_000;

    address private _target;
    bytes private _call;

    /// @notice The call succeeded while the member was asked.
    error ERC1271Intruded();

    /// @notice Says whom to call, and with what.
    /// @param target whom
    /// @param call the call's data
    function aim(address target, bytes calldata call) external {
        _target = target;
        _call = call;
    }

    /// @notice Makes the call, or reverts as it does.
    function fire() external {
        Address.functionCall(_target, _call);
    }

    /// @notice Approves everything, unless the call succeeds: an act that passes shows that it failed.
    /// @return ERC-1271's magic value
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        // A call that asks this member again ends here, with gas left to do something.
        if (gasleft() < _ENOUGH) return IERC1271.isValidSignature.selector;
        try this.fire() {
            revert ERC1271Intruded();
        } catch {
            return IERC1271.isValidSignature.selector;
        }
    }
}
