//! Made-up people with wallets, and who holds which address. It knows wallets and joint transactions, and none of the rules that are measured on it.

use std::collections::BTreeMap;

/// SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    #[cfg(test)]
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What the world is like.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) transactions: u32,
    pub(crate) people: u32,
    /// Joint transactions in a thousand.
    pub(crate) coinjoins: u64,
    pub(crate) seed: u64,
}

/// Where a wallet sends change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// To a new address of its own kind.
    New,
    /// Back to an address that paid.
    Open,
    /// To one and the same address.
    Fixed,
    /// To a new address of the payee's kind, so that nobody can tell them apart.
    AsPayee,
}

struct Person {
    /// Prefix of the addresses of the wallet.
    kind: usize,
    coins: Vec<(String, i64)>,
    /// Where it was last paid.
    last: String,
    /// Percent of payments to an address already used.
    reuses: u64,
    /// Where the rest of a payment goes.
    habit: Habit,
    /// The one address for change, of those who have one.
    change: String,
    /// Takes part in joint transactions.
    private: bool,
    exchange: bool,
}

/// One transaction: id, seconds, inputs, outputs.
pub(crate) type Made<'a> = (&'a str, i64, &'a [(String, i64)], &'a [(String, i64)]);

const COIN: i64 = 1_000_000_000;
const FEE: i64 = 20_000;

struct Sim<'a> {
    random: Random,
    people: Vec<Person>,
    holders: BTreeMap<String, u32>,
    keep_truth: bool,
    made: u32,
    addresses: u64,
    each: &'a mut dyn FnMut(Made<'_>),
}

impl Sim<'_> {
    fn fresh(&mut self, holder: u32, kind: usize) -> String {
        self.addresses += 1;
        let mut body = Random(self.addresses ^ 0x5851_F42D);
        let body = format!("{:016x}{:016x}{:06x}", body.next(), body.next(), self.addresses);
        let address = match kind {
            0 => format!("1{}", body.get(..33).unwrap_or_default()),
            1 => format!("3{}", body.get(..33).unwrap_or_default()),
            2 => format!("bc1q{:0>38}", body),
            _ => format!("bc1p{:0>58}", body),
        };
        if self.keep_truth {
            self.holders.insert(address.clone(), holder);
        }
        address
    }

    fn own(&mut self, holder: u32) -> String {
        let kind = self.people.get(holder as usize).map_or(0, |person| person.kind);
        self.fresh(holder, kind)
    }

    /// Where a person wants to be paid.
    fn asks(&mut self, holder: u32) -> String {
        let reuses = self.people.get(holder as usize).map_or(0, |person| person.reuses);
        let last = self.people.get(holder as usize).map(|person| person.last.clone()).unwrap_or_default();
        if !last.is_empty() && self.random.chance(reuses) {
            return last;
        }
        let address = self.own(holder);
        if let Some(person) = self.people.get_mut(holder as usize) {
            person.last = address.clone();
        }
        address
    }

    fn give(&mut self, holder: u32, address: String, amount: i64) {
        if let Some(person) = self.people.get_mut(holder as usize) {
            person.coins.push((address, amount));
        }
    }

    /// Takes coins of at least this sum, at random.
    fn take(&mut self, holder: u32, least: i64) -> Option<Vec<(String, i64)>> {
        let pick = self.random.next();
        let person = self.people.get_mut(holder as usize)?;
        let (mut taken, mut sum) = (Vec::new(), 0);
        while sum < least && !person.coins.is_empty() {
            let coin = person.coins.swap_remove((pick % person.coins.len() as u64) as usize);
            sum += coin.1;
            taken.push(coin);
        }
        if sum < least {
            person.coins.append(&mut taken);
            return None;
        }
        Some(taken)
    }

    fn emit(&mut self, inputs: &[(String, i64)], outputs: &[(String, i64)]) {
        let id = format!("{:016x}{:016x}", Random(u64::from(self.made)).next(), self.made);
        (self.each)((&id, 1_600_000_000 + i64::from(self.made) * 20, inputs, outputs));
        self.made += 1;
    }

    fn shuffled(&mut self, outputs: &mut [(String, i64)]) {
        for last in (1..outputs.len()).rev() {
            let other = self.random.below(last as u64 + 1) as usize;
            outputs.swap(last, other);
        }
    }

    fn amount(&mut self) -> i64 {
        let milli = 1 + self.random.below(400) as i64;
        let uneven = if self.random.chance(45) { 10 * self.random.below(99_999) as i64 } else { 0 };
        milli * COIN / 1_000 + uneven
    }

    /// A payment of one person to some others; the rest comes back.
    fn pay(&mut self, payer: u32, payees: &[u32]) {
        let mut outputs: Vec<(u32, String, i64)> = Vec::new();
        for payee in payees.iter().copied().filter(|payee| *payee != payer) {
            let (address, amount) = (self.asks(payee), self.amount());
            outputs.push((payee, address, amount));
        }
        let sum: i64 = outputs.iter().map(|output| output.2).sum();
        let Some(inputs) = self.take(payer, sum + FEE).filter(|_| sum > 0) else {
            return self.mine(payer);
        };
        let rest = inputs.iter().map(|coin| coin.1).sum::<i64>() - sum - FEE;
        if rest > FEE && self.random.chance(4) {
            // All of it is spent: somebody else gets the rest.
            let other = self.random.below(self.people.len() as u64) as u32;
            let address = self.asks(other);
            outputs.push((other, address, rest));
        } else if rest > FEE {
            let payee = outputs.first().map_or(payer, |output| output.0);
            let back = self.back(payer, payee, &inputs);
            outputs.push((payer, back, rest));
        }
        let mut paid: Vec<(String, i64)> = outputs.iter().map(|output| (output.1.clone(), output.2)).collect();
        self.shuffled(&mut paid);
        self.emit(&inputs, &paid);
        for (holder, address, amount) in outputs {
            self.give(holder, address, amount);
        }
    }

    /// Where the rest goes.
    fn back(&mut self, payer: u32, payee: u32, inputs: &[(String, i64)]) -> String {
        let person = self.people.get(payer as usize);
        let habit = person.map_or(Habit::New, |person| if person.exchange { Habit::Fixed } else { person.habit });
        match habit {
            Habit::New => self.own(payer),
            Habit::Open => inputs.first().map(|coin| coin.0.clone()).unwrap_or_default(),
            Habit::Fixed => {
                let known = person.map(|person| person.change.clone()).unwrap_or_default();
                let address = if known.is_empty() { self.own(payer) } else { known };
                if let Some(person) = self.people.get_mut(payer as usize) {
                    person.change = address.clone();
                }
                address
            }
            Habit::AsPayee => {
                let kind = self.people.get(payee as usize).map_or(0, |person| person.kind);
                self.fresh(payer, kind)
            }
        }
    }

    /// New coin.
    fn mine(&mut self, holder: u32) {
        let (address, amount) = (self.asks(holder), 2 * COIN + 10 * self.random.below(100_000_000) as i64);
        self.emit(&[], &[(address.clone(), amount)]);
        self.give(holder, address, amount);
    }

    /// A joint transaction: everybody gets the same sum to a new address; of Whirlpool nothing else.
    fn mix(&mut self) {
        let kind = self.random.below(3);
        let many = [5, 12 + self.random.below(20), 3 + self.random.below(6)].get(kind as usize).copied().unwrap_or(5) as usize;
        let each = [COIN / 20, COIN / 10, COIN / 100 * (3 + self.random.below(40) as i64)].get(kind as usize).copied().unwrap_or(COIN);
        let private: Vec<u32> = (0_u32..).zip(&self.people).filter(|(_, person)| person.private).map(|(number, _)| number).collect();
        let begin = self.random.below(private.len() as u64) as usize;
        let (mut inputs, mut outputs, mut given, mut joining) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for holder in private.iter().cycle().skip(begin).take(many.min(private.len())).copied() {
            joining.extend(self.take(holder, each + FEE).map(|coins| (holder, coins)));
        }
        // Nobody joins a round of two.
        if joining.len() < 3 {
            joining
                .into_iter()
                .flat_map(|(holder, coins)| coins.into_iter().map(move |coin| (holder, coin)))
                .for_each(|(holder, coin)| self.give(holder, coin.0, coin.1));
            return;
        }
        for (holder, mut coins) in joining {
            let sum: i64 = coins.iter().map(|coin| coin.1).sum();
            if kind == 0 {
                // Whirlpool takes coins of just the pool's sum: one is made first.
                let (exact, rest) = (self.own(holder), self.own(holder));
                let made = [(exact.clone(), each + FEE), (rest.clone(), sum - each - 2 * FEE)];
                let made = made.get(..if sum > each + 3 * FEE { 2 } else { 1 }).unwrap_or_default();
                self.emit(&coins, made);
                if made.len() == 2 {
                    self.give(holder, rest, sum - each - 2 * FEE);
                }
                coins = vec![(exact, each + FEE)];
            } else if sum > each + 2 * FEE {
                let rest = self.own(holder);
                outputs.push((rest.clone(), sum - each - FEE));
                given.push((holder, rest, sum - each - FEE));
            }
            let equal = self.own(holder);
            outputs.push((equal.clone(), each));
            given.push((holder, equal, each));
            inputs.extend(coins);
        }
        self.shuffled(&mut outputs);
        self.emit(&inputs, &outputs);
        for (holder, address, amount) in given {
            self.give(holder, address, amount);
        }
    }
}

/// Makes the world, a transaction at a time; gives who holds which address (nothing when `keep_truth` is false).
pub(crate) fn simulate(world: World, keep_truth: bool, each: &mut dyn FnMut(Made<'_>)) -> BTreeMap<String, u32> {
    let mut random = Random(world.seed);
    let person = |number: u32, random: &mut Random| Person {
        kind: [0, 1, 2, 2, 2, 2, 3, 3].get(random.below(8) as usize).copied().unwrap_or(0),
        coins: Vec::new(),
        last: String::new(),
        reuses: if random.chance(12) { 90 } else { 15 },
        habit: [Habit::New, Habit::New, Habit::New, Habit::New, Habit::New, Habit::New, Habit::Open, Habit::Fixed, Habit::AsPayee, Habit::AsPayee]
            .get(random.below(10) as usize)
            .copied()
            .unwrap_or(Habit::New),
        change: String::new(),
        private: random.chance(25),
        exchange: number < world.people / 500 + 1,
    };
    let people: Vec<Person> = (0..world.people).map(|number| person(number, &mut random)).collect();
    let mut sim = Sim { random, people, holders: BTreeMap::new(), keep_truth, made: 0, addresses: 0, each };
    for holder in 0..world.people {
        sim.mine(holder);
    }
    while sim.made < world.transactions {
        if sim.random.below(1_000) < world.coinjoins {
            sim.mix();
            continue;
        }
        let payer = sim.random.below(u64::from(world.people)) as u32;
        let exchange = sim.people.get(payer as usize).is_some_and(|person| person.exchange);
        let many = if exchange { 4 + sim.random.below(10) } else { 1 + u64::from(sim.random.chance(5)) };
        let mut payees: Vec<u32> = (0..many).map(|_| sim.random.below(u64::from(world.people)) as u32).collect();
        payees.dedup();
        sim.pay(payer, &payees);
        // Now and then value is peeled off step by step.
        if sim.random.below(400) == 0 {
            for _ in 0..6 {
                let payee = sim.random.below(u64::from(world.people)) as u32;
                sim.pay(payer, &[payee]);
            }
        }
    }
    sim.holders
}
