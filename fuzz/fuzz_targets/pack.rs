//! Data packs: any bytes, and English with other bytes in its dictionary, the checksum made anew.

#![no_main]

use chanter_fuzz::packs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    packs::any(data.to_vec());
    packs::edited(data);
});
