// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Many questions in one call
/// @notice For tests only: all that a registry answers, at one block and at the price of one request.
contract ManyCalls {
    /// @notice Asks a contract.
    /// @param target which
    /// @param questions the calls' data
    /// @return holds whether each call returned; where it did not, its answer is what it reverted with
    /// @return answers what each call returned
    function ask(
        address target,
        bytes[] calldata questions
    ) external view returns (bool[] memory holds, bytes[] memory answers) {
        holds = new bool[](questions.length);
        answers = new bytes[](questions.length);
        for (uint256 i = 0; i < questions.length; ++i) {
            (holds[i], answers[i]) = target.staticcall(questions[i]);
        }
    }
}
