//! Witnesses on real sockets: the quorum opens the register's door, and its lack closes it (SG-080).

use tributary_ledger::policy::Policy;
use tributary_ledger::receipt::Receipt;

use crate::support::both;

#[test]
fn sg_080_without_the_quorum_nothing_may_leave() {
    both(|mut office| async move {
        assert_eq!(office.register.outbound_open(office.now()).unwrap_err().status(), 503, "before anything was published");
        let status = office.register.publish(office.now()).await.unwrap();
        assert!(status.quorum, "{status:?}");
        assert_eq!(status.cosigned, ["state", "civil"]);
        office.register.outbound_open(office.now()).unwrap();
        office.wait_minutes(25 * 60);
        assert_eq!(office.register.outbound_open(office.now()).unwrap_err().status(), 503, "a day later");
        office.stop_witness(1);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let entry = one_more_entry(&office).await;
        let status = office.register.publish(office.now()).await.unwrap();
        assert!(!status.quorum, "state oversight alone is not enough: {status:?}");
        assert_eq!(status.absent, ["civil"]);
        assert_eq!(status.trouble.len(), 1);
        assert_eq!(office.register.outbound_open(office.now()).unwrap_err().status(), 503);
        assert!(office.register.receipt(&entry, office.now()).await.is_ok(), "a receipt says what it is worth itself");
    });
}

#[test]
fn a_receipt_is_verified_offline_by_the_policy_alone() {
    both(|office| async move {
        let entry = one_more_entry(&office).await;
        let receipt = office.register.receipt(&entry, office.now()).await.unwrap();
        let policy = Policy::parse(&std::fs::read(office.folder.path().join("witness.policy")).unwrap()).unwrap();
        let bytes = office.register.store().entry(&entry).await.unwrap().unwrap().entry;
        let verdict = Receipt::parse(receipt.as_bytes()).unwrap().verify(bytes.as_bytes(), &policy, None).unwrap();
        assert!(verdict.quorum);
        assert!(Receipt::parse(receipt.as_bytes()).unwrap().verify(b"another entry", &policy, None).is_err());
    });
}

async fn one_more_entry(office: &crate::support::Office) -> String {
    let note = tributary_cases::Note::of("test.entry").tag("why", "test");
    let writing = office.register.store().write(office.now()).await.unwrap();
    writing.commit(tributary_cases::Notes::one(note)).await.unwrap().remove(0)
}
