"""Ranking of transfers between accounts of the AMLGentex development set by features and gradient boosting (LightGBM), split by time.

python bench/amlgentex_features.py causal|retro SEED [core,outside,neighbours]     (polars, lightgbm, scikit-learn; features_export built with --release)
The seed draws the day of the split (72 to 84 of 112), the order of transfers within a day (which must say nothing) and the model.
core: transfers between accounts; outside: salaries, spending and cash as well; neighbours: a second model that also sees the first one's scores of
nearby transfers. Scores of training rows come from models that saw other blocks of time; the threshold for F1 is chosen on them alone.
retro: columns of the time after too; rows of the training period are computed from that period alone. No identifier, order or pattern id is a column.
"""
import polars as pl, numpy as np, sys, subprocess, tempfile, time, json, os
import lightgbm as lgb
from sklearn.metrics import average_precision_score as AP, precision_recall_curve as PRC
ROOT=os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EXE=os.path.join(os.environ.get('CARGO_TARGET_DIR',os.path.join(ROOT,'target')),'release/examples/features_export')
T=os.path.join(os.environ.get('TRIBUTARY_DATA',os.path.join(ROOT,'../shared/data')),'transactions/amlgentex_dev.parquet')
mode,seed=sys.argv[1],int(sys.argv[2]); PARTS=sys.argv[3] if len(sys.argv)>3 else 'core,outside,neighbours'
rng=np.random.default_rng(100+seed); cut=int(rng.integers(72,85))
folder=tempfile.TemporaryDirectory(); D=folder.name+'/'; t00=time.time()
t=pl.read_parquet(T).filter(pl.col('type')!='INITALBALANCE')
t=t[np.lexsort((rng.random(len(t)),t['step'].to_numpy()))].with_columns(id=pl.int_range(pl.len()))
inner=(pl.col('from_account')>=0)&(pl.col('to_account')>=0)
b=t.filter(inner); y=b['is_sar'].to_numpy().astype(int); step=b['step'].to_numpy(); N=len(b); train=step<cut; nT=int(train.sum())
def run(df,amount,win,cyc,fams,tag):
    q=pl.DataFrame({'id':df['id'],'time':df['step'].cast(pl.Int64)*86400,'from':df['from_account'].to_numpy()+2,'to':df['to_account'].to_numpy()+2,'amount':amount,'kind':np.zeros(len(df),int)})
    def one(q,o):
        q.write_csv(D+tag+'.csv'); subprocess.run([EXE,D+tag+'.csv',D+tag,win,cyc,'retrospective' if mode=='retro' else 'causal',fams],check=True,stderr=subprocess.DEVNULL)
        n=[l.split('\t') for l in open(D+tag+'.txt').read().split('\n')]; i=np.fromfile(D+tag+'.id',np.uint64).astype(int)
        m=np.memmap(D+tag+'.f32',np.float32,'r',shape=(len(n),len(i))); pos=np.searchsorted(i,b['id'].to_numpy()); pos=np.clip(pos,0,len(i)-1); ok=i[pos]==b['id'].to_numpy()
        X=np.full((N,len(n)),np.nan,np.float32)
        for k in range(len(n)): X[ok,k]=m[k][pos[ok]]
        os.remove(D+tag+'.f32'); return X,[tag+':'+a[0] for a in n],ok
    X,n,_=one(q,0)
    if mode=='retro':
        Y,_,ok=one(q.filter(pl.col('time')<cut*86400),1); X[train]=Y[train]
    return X,n
cents=lambda d:(d['amount']*100).round().cast(pl.Int64).to_numpy()
XS=[];NS=[]
if 'core' in PARTS:
    X,n=run(b,cents(b),'0.5,7,28','28','','core'); XS.append(X);NS+=n
if 'outside' in PARTS:
    X,n=run(t,cents(t),'28','28','degree,ratio,recency','all'); XS.append(X);NS+=n
    w=t.filter(inner|(pl.col('type')=='CASH')); X,n=run(w,np.where((w['type']=='CASH').to_numpy(),100,0),'7,28','28','ratio,vertex','cash'); k=[i for i,a in enumerate(n) if any(s in a for s in ('_sum_','balance'))]; XS.append(X[:,k]);NS+=[n[i] for i in k]
X=np.hstack(XS); print(mode,seed,'cut',cut,X.shape,'features s',round(time.time()-t00,1),flush=True)
P=dict(n_estimators=160,num_leaves=31,learning_rate=.1,data_sample_strategy="goss",colsample_bytree=.2,min_child_samples=20,reg_lambda=5,max_bin=63,random_state=seed,n_jobs=1,verbose=-1)
def fit(X,rows):
    m=lgb.LGBMClassifier(**P); m.fit(X[rows],y[rows]); return m
def scores(X):
    """of training rows by models that saw other blocks of time; of test rows by the model of all training rows"""
    s=np.zeros(N); blocks=np.minimum(step*3//cut,3)
    for k in range(3):
        m=fit(X,np.flatnonzero(train&(blocks!=k))); r=blocks==k; s[r&train]=m.predict_proba(X[r&train])[:,1]
    m=fit(X,np.flatnonzero(train)); s[~train]=m.predict_proba(X[~train])[:,1]; return s,m
def report(name,s,m,names):
    p,r,th=PRC(y[train],s[train]); f=2*p*r/np.maximum(p+r,1e-9); k=th[min(int(f.argmax()),len(th)-1)]
    h=s[~train]>=k; yt=y[~train]; tp=(h&(yt==1)).sum(); pr,rc=tp/max(1,h.sum()),tp/yt.sum(); p,r,_=PRC(yt,s[~train])
    mt=b['model_type'].to_numpy()[~train]
    print(json.dumps(dict(mode=mode,seed=seed,cut=cut,stage=name,ap=round(AP(yt,s[~train]),4),f1=round(2*pr*rc/max(1e-9,pr+rc),4),best_f1=round(float((2*p*r/np.maximum(p+r,1e-9)).max()),4),precision=round(pr,3),recall=round(rc,3),oof_ap=round(AP(y[train],s[train]),4),base=round(yt.mean(),4),by_type={int(q):round(float(h[(mt==q)&(yt==1)].mean()),2) for q in np.unique(mt[yt==1])},columns=X.shape[1],s=round(time.time()-t00,1))),flush=True)
    g=m.booster_.feature_importance('gain'); o=np.argsort(-g)[:25]; print([(names[i],round(float(g[i]/g.sum()),3)) for i in o],flush=True)
s1,m1=scores(X); report('first',s1,m1,NS)
if 'neighbours' in PARTS:
    for rnd in range(2):
        Z,n=run(b,np.round(np.clip(s1,0,1)*1e6).astype(np.int64),'7,28','28','vertex','score%d'%rnd); k=[i for i,a in enumerate(n) if any(q in a for q in ('_sum_','_mean_','_max_'))]
        g=m1.booster_.feature_importance('gain') if rnd==0 else None
        if rnd==0: top=np.argsort(-g)[:80]
        X2=np.hstack([X[:,top],Z[:,k],s1[:,None].astype(np.float32)]); N2=[NS[i] for i in top]+[n[i] for i in k]+['score']
        s1,m2=scores(X2); report('neighbours%d'%(rnd+1),s1,m2,N2)
