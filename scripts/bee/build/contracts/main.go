// Command contracts prints the ABI and the creation code of Swarm's contracts as JSON, by name. They come from the Go
// modules that Bee itself depends on; the token is the test network's, which its deployer mints.
package main

import (
	"encoding/json"
	"os"

	priceoracle "github.com/ethersphere/go-price-oracle-abi/priceoracleabi"
	incentives "github.com/ethersphere/go-storage-incentives-abi/abi"
	swap "github.com/ethersphere/go-sw3-abi/sw3abi"
)

type contract struct {
	ABI      json.RawMessage `json:"abi"`
	Bytecode string          `json:"bytecode"`
}

func main() {
	contracts := map[string]contract{
		"BzzToken":          {json.RawMessage(incentives.TestnetBzzTokenABI), incentives.TestnetBzzTokenBin},
		"PostageStamp":      {json.RawMessage(incentives.TestnetPostageStampABI), incentives.TestnetPostageStampBin},
		"PriceOracle":       {json.RawMessage(incentives.TestnetPriceOracleABI), incentives.TestnetPriceOracleBin},
		"StakeRegistry":     {json.RawMessage(incentives.TestnetStakingABI), incentives.TestnetStakingBin},
		"Redistribution":    {json.RawMessage(incentives.TestnetRedistributionABI), incentives.TestnetRedistributionBin},
		"SimpleSwapFactory": {json.RawMessage(swap.SimpleSwapFactoryABIv0_6_9), swap.SimpleSwapFactoryBinv0_6_9},
		"SwapPriceOracle":   {json.RawMessage(priceoracle.PriceOracleABIv0_6_9), priceoracle.PriceOracleBinv0_6_9},
	}
	if err := json.NewEncoder(os.Stdout).Encode(contracts); err != nil {
		panic(err)
	}
}
