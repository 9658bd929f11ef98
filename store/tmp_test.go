package store
import ("testing";"fmt";"os";"strings";"syscall";"log/slog";"github.com/sallyport/sallyport/internal/pgtest")
func TestTmp(t *testing.T){
 for _, mode := range []string{"auto","force_generic_plan"} {
 s,err:=Open(t.Context(),pgtest.Database(t)+"&synchronous_commit=off&pool_max_conns=1&plan_cache_mode="+mode,slog.New(slog.DiscardHandler)); if err!=nil{t.Fatal(err)}
 var pid int
 s.db.run(t.Context(),do("select pg_backend_pid()").rows(func(r row)error{return r.Scan(&pid)}))
 cpu:=func()(float64){ b,_:=os.ReadFile(fmt.Sprintf("/proc/%d/schedstat",pid)); var ns float64; fmt.Sscan(strings.Fields(string(b))[0],&ns); return ns/1000}
 self:=func()float64{var u syscall.Rusage; syscall.Getrusage(0,&u); return float64(u.Utime.Nano()+u.Stime.Nano())/1000}
 var n int64
 run:=func(name string, pick func([]stmt)[]stmt){
  for i:=0;i<100;i++{ n++; b,_:=s.newTx(nil).accept(benchDelivery(n)); s.db.atomic(t.Context(),pick(b)...)}
  c,m:=cpu(),self()
  const N=1000
  for i:=0;i<N;i++{ n++; b,_:=s.newTx(nil).accept(benchDelivery(n)); if err:=s.db.atomic(t.Context(),pick(b)...);err!=nil{t.Fatal(err)}}
  fmt.Printf("%s %-16s backend %.0fµs client %.0fµs\n",mode,name,(cpu()-c)/N,(self()-m)/N)
 }
 run("select1",func(b []stmt)[]stmt{return []stmt{do("SELECT 1")}})
 run("inbox",func(b []stmt)[]stmt{return b[:1]})
 run("inbox+repo",func(b []stmt)[]stmt{return b[:2]})
 run("inbox+bump",func(b []stmt)[]stmt{return []stmt{b[0],b[2]}})
 run("inbox+bump+link",func(b []stmt)[]stmt{return []stmt{b[0],b[2],b[3]}})
 run("inbox+bump+job",func(b []stmt)[]stmt{return []stmt{b[0],b[2],b[4]}})
 run("all",func(b []stmt)[]stmt{return b})
 s.Close()
 }
}
